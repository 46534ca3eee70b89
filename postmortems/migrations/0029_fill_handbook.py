from django.db import migrations

from common.text import RENDERER_VERSION, render

#: (slug, title, text)
PAGES = [
    (
        "the-path",
        "The path of a review",
        """\
From the first sentence to the lesson, most reviews take two to three weeks and about an hour of the time of each person who was there.

1. **Somebody files** an incident, a near miss or a weak signal. Four answers are enough.
2. **The timeline** is put together from what people saw, with its sources: chats, alerts, graphs.
3. **A facilitator** who was not involved invites the people who were. Each writes, in private, how it looked from where they were.
4. **The perspectives are opened together**, and the four parts are filled in. Contributing factors are always several.
5. **Ideas rest for a night** before they become actions. An action gets one owner, a date, and a sentence on how we will know that it works.
6. **The people who took part read the text first.** Then a second pair of eyes, who wrote none of it.
7. **The manager of the owning team** checks that no name is left, signs, and publishes for everybody.
8. **Reminders go on** until each action is verified by somebody else, or decided against with a reason.

## How deep to go

The severity is a first hint, and what there is to learn is the better one. A near miss with a surprise in it deserves more time than a long outage that everybody understands.

- **Light**: half an hour, a few lines in each part. For small things, and to stay in practice.
- **Standard**: an hour together, the four parts, factors and actions.
- **Deep**: several perspectives from before the meeting, how the work goes on a normal day, and how people worked together.

A review may grow or shrink at any time; nothing that was written is lost by it.

## When

Within five working days, while memory is fresh. Later is still better than not at all: what people remember then is thinner, and the conditions are usually still there.
""",
    ),
    (
        "guiding",
        "Guiding a review",
        """\
You guide the conversation, and you are not its judge, its scribe or its expert. You were not involved, so you may ask what everybody else takes for granted.

## Before the meeting

- Read the timeline once for what happened, and once for what it was like. Where would you have been sure of the wrong thing?
- Invite everybody who was there, also those who only watched, and somebody who knows the system on its good days.
- Talk for ten minutes with each person who was close to it. Ask what they hope for and what they fear. Some things are said only there, and a confidential note is a way, too.
- Ask for perspectives in writing **before** people hear each other. Memory bends towards the first story that is told.

## In the meeting

- Begin with the premises. Read them aloud, even when everybody knows them.
- Say what the meeting is for: to understand, not to decide who should have known.
- Begin with **what went right**. Something did, or you would not be sitting here.
- Let the people closest to it speak first, and the most senior person last.
- Ask *how* and *what*. "Who" and "why did you" close a story. "What made that the sensible next step?" opens it.
- When someone says "should have", ask what was on the screen at that minute.
- When there are two accounts, write down both. They are two places to stand, not one truth and one mistake.
- Silence is fine. Count to ten before you fill it.
- Park ideas for repair. An hour spent on solutions is an hour not spent on understanding.

## When it gets hard

| What you hear | What you can say |
|---|---|
| "It was human error." | "What about the work makes this step likely, on any shift?" |
| "They ignored the alert." | "How many alerts like it came that week, and what did they turn out to be?" |
| "We just have to be more careful." | "What would make it end well without anybody paying special attention?" |
| "The root cause is …" | "What else had to be true for that to matter?" |
| A name | "Let us speak of the role. Who else could have sat there?" |

If somebody is hurt by the conversation, stop it. You can always meet again.

## Afterwards

Thank people, one by one, for one thing they said. Then write while it is fresh, and let them read it first.
""",
    ),
    (
        "writing",
        "Writing it up",
        """\
Write so that a colleague who was not there thinks: *I would have done the same.*

## What belongs in it

- **How it looked at the time.** What people saw, what it seemed to mean, what else was going on. Hindsight goes into a section of its own, or stays out.
- **Conditions rather than a cause.** Several, among them some that had been there for years. "The deploy ran without the flag, which the template leaves out" is a condition. "Someone forgot the flag" is where the work begins.
- **What kept it from being worse**, luck included. Luck is a safety measure nobody has built yet.
- **What we still do not understand.** An open question is worth more than a smooth ending.

## Words

Speak of roles and systems: "the responder on duty", "the deploy tool". Names, handles and hints at a person come off before publication; it reads better when they were never there.

Leave out *should have*, *failed to*, *simply*, *obviously*, *careless*. They say how the story ended, not how it went. The hints in the editor point at them and offer another wording.

Short sentences. One idea each. Times with their zone.

## How long

As long as it takes for a stranger to learn something, and no longer. The first paragraph is all that most people read: what happened, what surprised us, what we would tell another team.

## From a review to a lesson

A lesson is what is left when the names of the systems are taken away: the situation, the insight, the advice, and where it applies. "A backup counts only after a restore has been rehearsed" travels; "we fixed the dump job" does not.
""",
    ),
    (
        "actions",
        "Actions that get done",
        """\
A review that ends in twenty actions changes less than one that ends in three.

## From an idea to an action

Let ideas rest for a night. Then ask of each one:

- **Would it have changed this story**, or only a story that ended the same way?
- **Does it make the work safer, or does it ask people to be more careful?** Rules, training and reminders are weak: they work as long as somebody thinks of them. A guard that refuses, a default that is safe, a limit that holds are strong.
- **What does it cost**, and what will be more difficult because of it? Every new alarm is heard by somebody.

Decide against most of them, with a reason. A reason is a result, too.

## A good action

- begins with a verb and names the thing: *Make the deploy tool refuse a cluster without a host prompt*;
- is small enough for one person and a few weeks;
- has **one owner** who agreed to it, and a date that they chose;
- says **how we will know**: "Removing a test dump pages someone within 15 minutes". If you cannot say it, it is a wish.

## After it is done

Somebody else looks, with evidence. A month and three months later the question comes back: did it hold? "It happened again" is no fault of the owner; it is the next thing to learn.

A date that has passed asks for a decision: a new day, help, or not at all and who carries the risk. All three are fine. Silence is the one that is not.
""",
    ),
    (
        "near-misses",
        "Near misses and weak signals",
        """\
Most of what there is to learn happens when nothing broke.

A **near miss** could have done harm and did not. A **weak signal** is small and odd: a number nobody can explain, a step everybody skips, a page that came and went. Both are cheap: nobody is tired, no customer waits, and the same conditions are there as on the bad day.

## File it when

- you caught something by chance;
- a safety measure worked that nobody had tried before;
- you thought "that was close";
- you did something in a way the instructions do not describe, because that is how it works;
- something surprised you about a system you know well.

Four answers are enough, and a minute. You do not have to know what it means.

## What to ask

- What stood between this and a long night? How much of that was luck?
- How often does something like this pass without a trace?
- What would make us hear of it the next time?

## What becomes of it

Some are reviewed, lightly. Some are only kept: the third one of a kind is a pattern. Nobody is measured by how many they file, in either direction.
""",
    ),
]


def fill(apps, schema_editor):
    pages = apps.get_model("postmortems", "HandbookPage")
    pages.objects.bulk_create(
        pages(
            slug=slug,
            title=title,
            text=text,
            html=render(text),
            renderer=RENDERER_VERSION,
            position=position,
        )
        for position, (slug, title, text) in enumerate(PAGES, start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0028_add_handbook")]

    # Going back drops the table; its pages go with it.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
