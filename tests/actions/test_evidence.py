"""Files that show that an action works: brought along with a deed, kept and shown safely."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from actions import workflow
from actions.models import Action, ActionFile
from incidents.files import keeping, store
from tests.actions.places import at, browser
from tests.make import make_action, make_attachment, make_picture
from tests.postmortems.places import everyone

pytestmark = pytest.mark.django_db


def sent(content=b"30 of 30 right", name="try.log", **more):
    return {"files": SimpleUploadedFile(name, content), **more}


def test_files_come_along_when_it_is_marked_done_and_when_it_is_checked(people):
    browser(people.participant).post(
        at("finish", people.action), sent(proof="Tried with three people", description="The try")
    )
    browser(people.manager).post(
        at("verify", people.action), sent(make_picture(), "prompt.png", showed="I looked, too")
    )

    people.action.refresh_from_db()
    assert people.action.state == Action.State.VERIFIED
    kept = list(people.action.attachments.order_by("pk"))
    assert [(one.name, one.uploaded_by) for one in kept] == [
        ("try.log", people.participant),
        ("prompt.png", people.manager),
    ]
    html = browser(people.stranger).get(at("detail", people.action)).content.decode()
    assert "try.log" in html and "The try" in html and "prompt.png" in html


def test_a_file_that_is_not_taken_holds_the_deed_up_and_loses_no_word(people):
    answer = browser(people.participant).post(
        at("finish", people.action),
        sent(b"\x7fELF\x02\x01\x00", "tool", proof="Tried with three people"),
    )

    people.action.refresh_from_db()
    assert answer.status_code == 422 and people.action.state == Action.State.ACCEPTED
    html = answer.content.decode()
    assert "is a program" in html and "Tried with three people</textarea>" in html
    assert not ActionFile.objects.exists()


def test_words_that_are_missing_leave_no_file_behind(people):
    answer = browser(people.participant).post(at("finish", people.action), sent(proof=""))

    assert answer.status_code == 422 and not ActionFile.objects.exists()


def test_a_deed_without_files_is_done(people):
    browser(people.participant).post(at("finish", people.action), {"proof": "It paged"})

    people.action.refresh_from_db()
    assert people.action.state == Action.State.DONE


def test_a_full_disk_keeps_what_was_typed(people, monkeypatch):
    def full(*args, **kwargs):
        raise store.NotStored(is_full=True)

    monkeypatch.setattr(store, "put", full)

    answer = browser(people.participant).post(at("finish", people.action), sent(proof="It paged"))

    assert answer.status_code == 507
    assert "There is no room left" in answer.content.decode()
    assert "It paged</textarea>" in answer.content.decode()


def test_a_picture_is_drawn_again_and_served_with_a_policy_of_its_own(people):
    made = make_picture(size=(900, 600), kind="JPEG", comment=b"taken at home")
    file = make_attachment(people.action, made, name="graph.jpg", by=people.participant)

    whole = browser(people.stranger).get(at("file", people.action, file.pk))
    small = browser(people.stranger).get(at("thumbnail", people.action, file.pk))

    content = b"".join(whole.streaming_content)
    assert b"taken at home" in made and b"taken at home" not in content
    assert len(b"".join(small.streaming_content)) < len(content)
    for answer in (whole, small):
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_page_among_the_files_is_only_ever_saved(people):
    file = make_attachment(people.action, b"<script>alert(1)</script>", name="a.html")

    answer = browser(people.stranger).get(at("file", people.action, file.pk))

    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert browser(people.stranger).get(at("thumbnail", people.action, file.pk)).status_code == 404


def test_of_a_restricted_one_the_files_are_for_those_who_see_it():
    people = everyone(restricted=True)
    action = make_action(review=people.review, owner=people.participant)
    file = make_attachment(action, by=people.participant)

    for name, args in (("evidence", []), ("file", [file.pk]), ("thumbnail", [file.pk])):
        assert browser(people.stranger).get(at(name, action, *args)).status_code == 404
        assert browser(people.admin).get(at(name, action, *args)).status_code == 404
        assert browser(people.colleague).get(at(name, action, *args)).status_code == 200
    other = make_action(review=everyone().review)
    assert browser(people.participant).get(at("file", other, file.pk)).status_code == 404


def test_the_page_adds_describes_and_removes(people):
    client = browser(people.participant)
    assert client.post(at("evidence", people.action), {}).status_code == 422
    assert client.post(at("evidence", people.action), sent()).status_code == 302
    file = ActionFile.objects.get()

    client.post(
        at("describe_file", people.action, file.pk),
        {"description": "Thirty tries", "seen": file.mark},
    )
    clash = client.post(
        at("describe_file", people.action, file.pk), {"description": "Mine", "seen": file.mark}
    )

    assert clash.status_code == 409
    assert "Thirty tries" in clash.content.decode() and 'value="Mine"' in clash.content.decode()
    assert browser(people.stranger).post(at("evidence", people.action), sent()).status_code == 403
    assert (
        browser(people.stranger).post(at("remove_file", people.action, file.pk)).status_code == 403
    )
    client.post(at("remove_file", people.action, file.pk))
    assert not ActionFile.objects.exists()
    history = client.get(at("detail", people.action)).content.decode()
    assert "Removed the file: try.log (Thirty tries)" in history


def test_the_script_gets_only_what_there_is_now(people):
    answer = browser(people.participant).post(
        at("evidence", people.action), sent(), headers={"hx-request": "true"}
    )

    html = answer.content.decode()
    assert answer.status_code == 200 and "<html" not in html and 'id="evidence"' in html


def test_bytes_that_an_action_tells_of_are_not_swept(people):
    kept = make_attachment(people.action, b"kept", name="kept.log")
    both = make_attachment(people.review.incident, b"both", name="both.log")
    make_attachment(people.action, b"both", name="again.log")
    keeping.remove(both, by=people.facilitator)
    gone = make_attachment(people.action, b"gone", name="gone.log")
    keeping.remove(gone, by=people.participant)

    assert store.sweep(now=timezone.now() + timedelta(days=2)) >= 1

    assert store.get(kept.sha256).read() == b"kept" and store.get(both.sha256).read() == b"both"
    with pytest.raises(FileNotFoundError):
        store.get(gone.sha256)


def test_a_promise_that_was_kept_still_takes_evidence(people):
    workflow.finish(people.action, by=people.participant, proof="It paged")

    assert browser(people.manager).post(at("evidence", people.action), sent()).status_code == 302


def test_no_evidence_is_asked_for_of_what_is_not_done(people):
    asked = at("evidence", people.action)
    assert asked in browser(people.manager).get(at("detail", people.action)).content.decode()

    workflow.drop(people.action, by=people.manager, reason="It goes away", risk_carried_by="Us")

    assert asked not in browser(people.manager).get(at("detail", people.action)).content.decode()
