from django.db import migrations

#: The wording coach had a word on these: before and after.
REWORDED = {
    "What told you so?": "Where did that show?",
    "What would make the same situation end well without anybody paying special attention?": (
        "What would make the same situation end well on the busiest day?"
    ),
    "What did you expect to happen next, and what happened instead?": (
        "What seemed likely to happen next, and what happened instead?"
    ),
    "What did you expect to see next if it was true?": "What was to be seen next if it was true?",
    "What had the old picture been built on?": "What was the old picture built on?",
    "What if that had been missing?": "How far does that hold?",
}


def reword(apps, schema_editor):
    bank = apps.get_model("postmortems", "BankQuestion").objects
    for before, after in REWORDED.items():
        bank.filter(text=before).update(text=after)
        bank.filter(follow_up=before).update(follow_up=after)


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0013_add_comments")]

    # Going back keeps the better words.
    operations = [migrations.RunPython(reword, migrations.RunPython.noop)]
