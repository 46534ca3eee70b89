from django.db import migrations

#: (situation, part, question, what to ask next)
QUESTIONS = [
    ("ordinary", "why", "What did a normal hour of this work look like that week?", "What was different that day?"),
    ("ordinary", "why", "What was meant to be going on at that time?", "What else was waiting?"),
    ("ordinary", "", "What had changed in the days before, and how was it announced?", "How does such a change usually go?"),
    ("ordinary", "differently", "How is this step described, and how is it done on most days?", "What makes the two differ?"),
    ("detection", "why", "What was the first thing that looked unusual?", "What had it looked like before?"),
    ("detection", "right", "What made it noticeable at all?", "How far can we rely on that next time?"),
    ("detection", "wrong", "What was already visible before it was noticed, and where?", "What would bring that in front of somebody?"),
    ("detection", "differently", "Which sign would you look at first next time?", "Where is that sign today?"),
    ("detection", "", "What did the alert say, in its own words?", "What did it leave open?"),
    ("diagnosis", "why", "What were you looking at, and what did it seem to say?", "What fitted that picture, and what did not?"),
    ("diagnosis", "why", "Which explanation came first, and what made it likely?", "What did you expect to see next if it was true?"),
    ("diagnosis", "wrong", "Where did the picture on the screen part from what was really going on?", "What would show both?"),
    ("diagnosis", "differently", "What would you check earlier in a similar situation?", "How long does that check take?"),
    ("diagnosis", "right", "Which look or question brought the search forward?", "How did it come up?"),
    ("decision", "why", "What made this step the reasonable one at that moment?", "What was known, and what was assumed?"),
    ("decision", "why", "Which other ways were on the table, and what spoke against them?", "What did each of them cost?"),
    ("decision", "why", "How much time did there seem to be?", "What told you so?"),
    ("decision", "why", "What had worked in a similar situation before?", "What was alike, and what was not?"),
    ("decision", "differently", "Knowing what was known then, which way would you go next time?", "What makes that way easier to take?"),
    ("decision", "right", "Which decision gave everybody room to breathe?", "What made it possible?"),
    ("decision", "wrong", "What would make this decision safer, even on a bad night?", "What can take the pressure off?"),
    ("non_action", "why", "What made it sensible to wait?", "What would be the sign to act?"),
    ("non_action", "why", "What was left alone, and what did that seem to protect?", "What was known about it then?"),
    ("non_action", "differently", "Which step was considered and put aside?", "What tipped the balance?"),
    ("non_action", "wrong", "What would make it easier to stop and look?", "What does stopping cost today?"),
    ("hand_over", "why", "What did the picture look like to the person arriving?", "What was told, and what was taken for granted?"),
    ("hand_over", "right", "What help arrived at the right moment, and how was it reached?", "How do we keep that way open?"),
    ("hand_over", "wrong", "What got lost between one pair of hands and the next?", "What would carry it across?"),
    ("hand_over", "differently", "At which point would you call for more help next time?", "What makes calling easy or hard?"),
    ("communication", "why", "What did each of us believe the others were doing?", "Where did that belief come from?"),
    ("communication", "right", "Which message changed what people did next?", "What made it clear?"),
    ("communication", "wrong", "What was said in one place and needed in another?", "What would bring it there?"),
    ("communication", "differently", "What would you tell people sooner, and through which channel?", "What can be told before everything is known?"),
    ("communication", "", "What did people outside the room know at that time?", "What did they need?"),
    ("tooling", "why", "What did the tool show, and what did it keep to itself?", "What did its silence mean on other days?"),
    ("tooling", "wrong", "How many steps away was the dangerous one from the harmless one?", "What would put distance between the two?"),
    ("tooling", "wrong", "What did the tool allow that it had better refuse?", "What would it ask first?"),
    ("tooling", "differently", "Which tool would you reach for next time?", "What keeps it from being at hand today?"),
    ("tooling", "right", "Which guard, limit or copy did its work?", "When was it last tried?"),
    ("near_miss", "right", "What kept it from doing harm?", "How much of that was luck?"),
    ("near_miss", "wrong", "What stood between this and a much longer night?", "What if that had been missing?"),
    ("near_miss", "differently", "How often does something like this pass without a trace?", "How would we hear of it?"),
    ("went_right", "right", "What went better than one could expect?", "What made that work?"),
    ("went_right", "right", "What do we want to be able to do again, in the same way?", "What does it depend on?"),
    ("went_right", "right", "Which preparation from earlier paid off?", "How was there time for it?"),
    ("went_right", "", "What surprised you in a good way?", "How do we keep it?"),
    ("surprise", "", "What turned out to work differently from what you thought?", "What had the old picture been built on?"),
    ("surprise", "", "What did you learn about the system that you did not know the day before?", "Where can others find that now?"),
    ("surprise", "", "Which part of this story is still hard to believe?", "What would convince you?"),
    ("surprise", "why", "What did you expect to happen next, and what happened instead?", "What did the difference tell you?"),
    ("safer", "wrong", "What would make the same situation end well without anybody paying special attention?", "What is the smallest piece of that?"),
    ("safer", "wrong", "How would this look if the safe way were also the easy way?", "What stands in between?"),
    ("safer", "", "What would show that a change really helped?", "What could be tried and seen within a month?"),
    ("safer", "", "Which ideas are better decided after a night of sleep?", "What do we need to know first?"),
    ("conditions", "", "Which conditions had to come together for this to be possible?", "Which of them are still there?"),
    ("conditions", "", "What had been in place for a long time, and needed only this one day?", "Where else is it in place?"),
    ("conditions", "", "What about load, rest, staffing or training made this likely?", "What sets those?"),
    ("conditions", "", "Which goals pulled in different directions?", "How does that get settled on other days?"),
    ("closing", "", "What do we still not understand?", "Where might somebody know?"),
    ("closing", "", "What is the one thing you will tell your team tomorrow?", "What do you leave out, and is that all right?"),
    ("closing", "", "What would make it easier to come to the next meeting like this?", "What helped today?"),
    ("silence", "", "What would somebody new to this team find strange here?", "What have we become used to?"),
    ("silence", "", "Let us each take a minute to write one line. What stands on yours?", "What would you like to hear from the others?"),
    ("silence", "", "Which part of the story has not been told yet?", "From where was it best seen?"),
    ("blame", "", "What would anyone in that seat have had in front of them?", "What looks right from there?"),
    ("blame", "", "What about the work makes this step likely, on any shift?", "How do we know?"),
    ("blame", "", "How would this sound if we spoke of the role and the tool?", "What do we see then?"),
    ("hindsight", "", "Which of this was known at that minute, and which did we learn later?", "How did it look without the ending?"),
    ("hindsight", "", "What did the screen show before anybody knew how it would end?", "What else did it seem to mean?"),
    ("hindsight", "", "How many other paths looked equally good at that point?", "What told them apart then?"),
]


def fill(apps, schema_editor):
    bank = apps.get_model("postmortems", "BankQuestion")
    known = set(bank.objects.values_list("text", flat=True))
    bank.objects.bulk_create(
        bank(situation=situation, part=part, text=text, follow_up=follow_up, position=position)
        for position, (situation, part, text, follow_up) in enumerate(QUESTIONS)
        if text not in known
    )


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0009_add_meeting_mode")]

    # Going back drops the table; its questions go with it.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
