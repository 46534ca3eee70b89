"""Where the demo is loaded, and where it stays away."""

import pytest
from django.core.management import CommandError, call_command

from config.demo import everything
from incidents.models import Incident
from people.models import User
from tests.make import make_user

pytestmark = pytest.mark.django_db


def test_the_demo_stays_away_from_a_real_installation(settings):
    settings.ONE_MACHINE = False

    with pytest.raises(CommandError, match="DATABASE_URL is set"):
        call_command("load_demo")

    assert not User.objects.exists()


def test_the_demo_stays_away_from_real_people(settings):
    settings.ONE_MACHINE = True
    make_user()

    with pytest.raises(CommandError, match="People have accounts here already"):
        call_command("load_demo")

    assert User.objects.count() == 1


def test_saying_yes_loads_it_all_the_same(settings):
    settings.ONE_MACHINE = False
    make_user()

    call_command("load_demo", "--yes")

    assert everything.is_loaded()
    assert Incident.objects.count() == 46
