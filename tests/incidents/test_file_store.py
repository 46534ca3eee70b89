"""Where the bytes lie: a folder, or a bucket; what is swept, and what is refused at start."""

from __future__ import annotations

import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from common.storage import UNFINISHED, WholeFileStorage
from config import environment
from incidents.files import keeping, store
from incidents.models import Attachment
from incidents.tasks import sweep_files
from tests.make import make_attachment, make_incident, make_picture, make_user
from tests.servers import Process, free_port, wait_until

pytestmark = pytest.mark.django_db
BUCKET = "stories"


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "common.storage.WholeFileStorage", "OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# A folder -----------------------------------------------------------------------------------------
def test_the_same_bytes_are_stored_once(folder):
    first = make_attachment(make_incident())
    second = make_attachment(make_incident())

    assert first.sha256 == second.sha256
    assert files_in(folder) == [
        store.place(first.sha256),
        store.thumbnail_place(first.sha256),
    ]
    assert store.place(first.sha256) == f"attachments/{first.sha256[:2]}/{first.sha256}"


def test_a_write_that_stops_midway_leaves_what_was_there(folder):
    def broken():
        yield b"new"
        raise KeyboardInterrupt

    storage = WholeFileStorage(location=folder)
    storage.save("a/b", ContentFile(b"old"))
    content = ContentFile(b"new")
    content.chunks = broken

    with pytest.raises(KeyboardInterrupt):
        storage.save("a/b", content)

    assert files_in(folder) == ["a/b"]
    assert (folder / "a/b").read_bytes() == b"old"


def test_a_row_that_is_not_written_leaves_at_worst_a_file_for_the_sweep(folder, monkeypatch):
    def crashes(*args, **kwargs):
        raise RuntimeError("the process is gone")

    monkeypatch.setattr(keeping, "_write_down", crashes)
    with pytest.raises(RuntimeError):
        make_attachment(make_incident(), b"20:00 slow", name="a.log")

    assert not Attachment.objects.exists()
    assert len(files_in(folder)) == 1
    assert store.sweep(now=timezone.now() + timedelta(days=2)) == 1
    assert files_in(folder) == []


def test_the_sweep_takes_what_was_without_a_row_for_a_day_and_nothing_else(folder):
    kept = make_attachment(make_incident())
    gone = make_attachment(make_incident(), make_picture((9, 9)))
    keeping.remove(gone, by=make_user())
    unfinished = folder / "attachments" / gone.sha256[:2] / f"{UNFINISHED}x"
    unfinished.write_bytes(b"half")
    report = folder / "reports" / "a.pdf"
    report.parent.mkdir()
    report.write_bytes(b"%PDF")

    assert store.sweep(now=timezone.now() + timedelta(hours=23)) == 0
    assert store.sweep(now=timezone.now() + timedelta(hours=25)) == 3

    assert files_in(folder) == [
        store.place(kept.sha256),
        store.thumbnail_place(kept.sha256),
        "reports/a.pdf",
    ]


def test_the_sweep_has_nothing_to_do_before_the_first_file(folder):
    sweep_files()

    assert files_in(folder) == []


def test_the_sweep_is_on_the_schedule(settings):
    tasks = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]

    assert sweep_files.name in tasks


# A bucket -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def s3_server(tmp_path_factory):
    """An S3 server on this machine, with an empty bucket."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = Process(command, log=tmp_path_factory.mktemp("moto") / "log")
    address = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="eu-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(connect_timeout=1, retries={"total_max_attempts": 1}),
    )

    def answers():
        try:
            return client.list_buckets()
        except Exception:  # noqa: BLE001 it is still starting
            return None

    try:
        wait_until(answers, within=60, what=f"the S3 server: {process.last_words()}")
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield address, client
    finally:
        process.stop()


@pytest.fixture
def bucket(s3_server, settings, monkeypatch):
    """Names of what lies in the bucket that the product is set to."""
    address, client = s3_server
    monkeypatch.setenv("S3_BUCKET", BUCKET)
    monkeypatch.setenv("S3_ENDPOINT", address)
    monkeypatch.setenv("S3_REGION", "eu-west-1")
    monkeypatch.setenv("S3_ACCESS_KEY", "key")
    monkeypatch.setenv("S3_SECRET_KEY", "secret")
    settings.STORAGES = settings.STORAGES | {"default": environment.file_storage()}
    return lambda: [
        each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    ]


def test_a_bucket_takes_gives_and_forgets_files(bucket):
    user = make_user()
    incident = make_incident(participants=(user,))
    client = Client()
    client.force_login(user)
    page = reverse("incidents:evidence", args=[incident.reference])

    client.post(page, {"files": BytesIO(make_picture((900, 600)))})

    [attachment] = Attachment.objects.all()
    assert bucket() == [store.place(attachment.sha256), store.thumbnail_place(attachment.sha256)]
    whole = client.get(attachment.get_absolute_url())
    assert Image.open(BytesIO(b"".join(whole))).size == (900, 600)
    assert whole.headers["Content-Length"] == str(attachment.size)
    small = client.get(f"{attachment.get_absolute_url()}thumbnail/")
    assert Image.open(BytesIO(b"".join(small))).size == (480, 320)

    client.post(reverse("incidents:remove_attachment", args=[incident.reference, attachment.pk]))
    assert store.sweep(now=timezone.now()) == 0
    assert store.sweep(now=timezone.now() + timedelta(days=2)) == 2
    assert bucket() == []


def test_what_is_gone_from_the_bucket_is_not_found(bucket, client):
    client.force_login(make_user())
    attachment = make_attachment(make_incident())
    default_storage.delete(store.place(attachment.sha256))

    assert client.get(attachment.get_absolute_url()).status_code == 404


def test_a_bucket_that_does_not_answer_is_told_and_leaves_no_row(client, settings, monkeypatch):
    monkeypatch.setenv("S3_BUCKET", BUCKET)
    monkeypatch.setenv("S3_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("S3_ACCESS_KEY", "key")
    monkeypatch.setenv("S3_SECRET_KEY", "secret")
    attachment = make_attachment(make_incident())
    settings.STORAGES = settings.STORAGES | {"default": environment.file_storage()}
    user = make_user()
    incident = make_incident(participants=(user,))
    client.force_login(user)

    fetched = client.get(attachment.get_absolute_url())
    sent = client.post(
        reverse("incidents:evidence", args=[incident.reference]),
        {"files": BytesIO(make_picture()), "description": "Load climbs"},
    )

    assert (fetched.status_code, sent.status_code) == (503, 503)
    assert "The place for files does not answer" in sent.content.decode()
    assert 'value="Load climbs"' in sent.content.decode()
    assert not incident.attachments.exists()


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"S3_ENDPOINT": "https://s3.example.org"}, "S3_ENDPOINT is set without S3_BUCKET"),
        ({"S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b"}, "S3_ACCESS_KEY is set without S3_BUCKET"),
        ({"S3_BUCKET": BUCKET, "S3_ACCESS_KEY": "a"}, "S3_ACCESS_KEY and S3_SECRET_KEY go"),
        ({"S3_BUCKET": BUCKET, "S3_ENDPOINT": "s3.example.org"}, "S3_ENDPOINT must look like"),
        ({"S3_BUCKET": "https://s3.example.org/x"}, "Write the name of a bucket alone"),
    ],
)
def test_a_bucket_that_cannot_be_meant_stops_the_start(monkeypatch, variables, why):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=why):
        environment.file_storage()


@pytest.mark.parametrize("value", ["0", "101", "-3"])
def test_a_limit_that_cannot_be_meant_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("ATTACHMENT_MAX_MB", value)

    with pytest.raises(ImproperlyConfigured, match="Write megabytes, 1 to 100"):
        environment.size("ATTACHMENT_MAX_MB", 10)
