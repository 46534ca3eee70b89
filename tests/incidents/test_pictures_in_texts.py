"""Texts show attached pictures, and no others."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from common import pdf
from common.text import render
from postmortems import attached
from tests.make import make_attachment, make_incident, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "written",
    ["file:12", "/files/12/", "/incidents/INC-142/files/12/", "/incidents/INC-142/files/12"],
)
def test_an_attached_picture_is_shown_with_its_words(written):
    html = render(f"See ![Load climbs]({written}).")

    assert html == '<p>See <img alt="Load climbs" src="/files/12/">.</p>'


@pytest.mark.parametrize(
    "written",
    [
        "https://elsewhere.example/files/12/",
        "//elsewhere.example/files/12/",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "file:12/../13",
        "file:-1",
        "/incidents/INC-142/",
        "/account/logout/?files/12/",
    ],
)
def test_every_other_picture_is_dropped(written):
    assert "<img" not in render(f"![words]({written})")
    assert "<img" not in render(f'<img src="{written}">')


def test_markup_around_a_picture_gains_nothing():
    html = render('<img src="file:12" onerror="alert(1)" style="x" srcset="https://e.example 2x">')
    assert html == '<p><img src="/files/12/"></p>'

    assert "<script" not in render('<img alt="><script>alert(1)</script>" src="https://e.example">')
    assert "href" not in render("[words](file:///etc/passwd)")


def test_code_that_names_a_picture_stays_code():
    assert render("`![words](file:12)`") == "<p><code>![words](file:12)</code></p>"


def test_who_sees_the_incident_sees_the_picture_in_its_text(client):
    insider, stranger = make_user(), make_user()
    incident = make_incident(participants=(insider,), visibility="restricted")
    address = reverse("file_in_text", args=[make_attachment(incident).pk])

    client.force_login(insider)
    assert client.get(address).headers["Content-Type"] == "image/png"
    client.force_login(stranger)
    assert client.get(address).status_code == 404


def test_the_summary_of_an_incident_shows_its_picture(client):
    user = make_user()
    incident = make_incident(participants=(user,))
    picture = make_attachment(incident)
    client.force_login(user)

    client.post(
        reverse("incidents:edit", args=[incident.reference]),
        {"title": incident.title, "summary": f"![Load climbs](file:{picture.pk})", "impact": "",
         "seen": incident.version},
    )  # fmt: skip

    page = client.get(incident.get_absolute_url()).content.decode()
    assert f'<img alt="Load climbs" src="/files/{picture.pk}/">' in page


def test_on_paper_stand_the_pictures_of_this_incident_and_no_others():
    incident, other = make_incident(), make_incident()
    mine, theirs = make_attachment(incident), make_attachment(other)
    html = render(f"![Load climbs](file:{mine.pk}) ![Theirs](file:{theirs.pk})")

    pictures = attached.as_data(html, incident)
    assert list(pictures) == [f"/files/{mine.pk}/"]

    page = f"<html lang=en><title>t</title><body>{html}</body></html>"
    [paper] = PdfReader(io.BytesIO(pdf.render(page, pictures))).pages
    assert len(paper.images) == 1
    assert "Theirs" in paper.extract_text()
