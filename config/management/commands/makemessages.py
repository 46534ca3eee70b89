"""Django's, for our texts: `make messages`."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    #: The second argument of `record` is a deed of the trail, which pages show in their language.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=record:2"]
    # A guess at what a changed text means in another language is worse than none.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]
