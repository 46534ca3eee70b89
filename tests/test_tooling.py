"""The parts around the product: the folder queue, the locks, the scripts, the deployment files."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from queue import Empty

import pytest
import yaml
from kombu import Connection

from config.broker import Transport
from tests.servers import ROOT, CeleryWorker, free_port, wait_until

sys.path.insert(0, str(ROOT / "scripts"))

import machine
from supervisor import Program, Supervisor


# The folder queue -------------------------------------------------------------------------------
@pytest.fixture
def queue_folder(tmp_path):
    return tmp_path / "not yet there" / "queue"


@pytest.fixture
def connect(queue_folder):
    connections = []
    # kombu remembers for the whole process which queues it has bound, whatever their folder.
    Transport.global_state.clear()

    def connect_once():
        connection = Connection(
            "filesystem://",
            transport="config.broker.Transport",
            transport_options={
                "data_folder_in": queue_folder,
                "data_folder_out": queue_folder,
                "control_folder": queue_folder.with_name("control"),
            },
        )
        connections.append(connection)
        return connection

    yield connect_once
    for connection in connections:
        connection.release()
    Transport.global_state.clear()


def everything_in(queue):
    found = []
    while True:
        try:
            message = queue.get_nowait()
        except Empty:
            return found
        message.ack()
        found.append(message.payload)


def test_messages_leave_the_folder_queue_in_the_order_they_came(connect):
    sender, receiver = connect().SimpleQueue("mail"), connect().SimpleQueue("mail")
    for number in range(30):
        sender.put({"number": number})

    assert everything_in(receiver) == [{"number": number} for number in range(30)]


def test_a_queue_gets_only_its_own_messages(connect):
    connect().SimpleQueue("mail").put("for mail")
    celery = connect().SimpleQueue("celery")

    assert everything_in(celery) == []
    assert everything_in(connect().SimpleQueue("mail")) == ["for mail"]


def test_a_half_written_message_is_dropped_and_the_next_one_read(connect, queue_folder):
    sender = connect().SimpleQueue("mail")
    (queue_folder / "00000000000000000001_cut.mail.msg").write_text('{"body": "eyJh')
    sender.put("whole")
    receiver = connect().SimpleQueue("mail")

    assert everything_in(receiver) == ["whole"]
    assert [path.name for path in queue_folder.rglob("*.msg")] == []


def test_a_message_being_written_is_not_seen(connect, queue_folder):
    queue = connect().SimpleQueue("mail")
    (queue_folder / ".00000000000000000001_x.mail.msg.abc.tmp").write_text('{"body":')

    assert everything_in(queue) == []


def test_a_damaged_exchange_file_is_written_anew(connect, queue_folder):
    connect().SimpleQueue("mail").put("before")
    (queue_folder.with_name("control") / "mail.exchange").write_text("[[")
    Transport.global_state.clear()  # as in a process that starts now
    queue = connect().SimpleQueue("mail")
    queue.put("after")

    assert everything_in(queue) == ["before", "after"]


def test_many_receivers_share_the_messages_without_doubles(connect, queue_folder):
    sender = connect().SimpleQueue("mail")
    for number in range(200):
        sender.put(number)
    code = """
import sys
from queue import Empty
from kombu import Connection
folder = sys.argv[1]
options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": sys.argv[2]}
with Connection(
    "filesystem://", transport="config.broker.Transport", transport_options=options
) as connection:
    queue = connection.SimpleQueue("mail")
    while True:
        try:
            message = queue.get_nowait()
        except Empty:
            break
        message.ack()
        print(message.payload, flush=True)
"""
    control = str(queue_folder.with_name("control"))
    command = [sys.executable, "-c", code, str(queue_folder), control]
    environment = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    receivers = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = [receiver.communicate(timeout=60)[0].split() for receiver in receivers]

    assert sorted(int(number) for part in printed for number in part) == list(range(200))


def test_a_real_worker_answers_over_the_folder_queue(tmp_path):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL"}
    } | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    worker = CeleryWorker(environment, tmp_path / "worker.log", name="worker@folder")
    worker.start()
    try:
        ping = subprocess.run(
            [sys.executable, "-m", "celery", "--quiet", "-A", "config", "inspect", "ping",
             "--timeout", "15", "--destination", "worker@folder"],
            cwd=ROOT, env=environment, capture_output=True, text=True,
        )  # fmt: skip
    finally:
        worker.stop()

    assert "pong" in ping.stdout, ping.stdout + ping.stderr + worker.last_words()


# Dependencies and vendored files ----------------------------------------------------------------
def pins(lock):
    return dict(
        re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", (ROOT / lock).read_text(), re.M)
    )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_everything_by_hash_and_names_no_place(lock):
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r".*(?:://|^-|/|@ ).*", text, re.M) == []


def test_both_locks_agree_on_the_versions():
    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")

    assert {name: development.get(name) for name in runtime} == runtime


def test_vendored_files_are_the_ones_in_the_manifest():
    vendor = ROOT / "static" / "vendor"
    manifest = json.loads((vendor / "MANIFEST.json").read_text())
    present = {
        str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }

    assert {entry["file"]: entry["sha256"] for entry in manifest} == present


def test_icons_are_plain_drawings():
    icons = json.loads((ROOT / "static/vendor/icons/icons.json").read_text())

    elements = {name for drawing in icons.values() for name in re.findall(r"<(\w+)", drawing)}
    assert elements <= {"circle", "ellipse", "g", "line", "path", "polyline", "rect"}
    assert [
        name for name, drawing in icons.items() if re.search(r"\s(on\w+|style)=", drawing)
    ] == []


# Deployment -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_compose_runs_every_part_of_production(compose):
    expected = {"proxy", "web", "worker", "beat", "migrate", "database", "redis"}

    assert expected <= set(compose["services"])


def test_every_container_is_locked_down(compose):
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert (service["user"] and not service["user"].startswith("0")) or name == "proxy-folders"


def test_every_lasting_container_says_whether_it_is_well(compose):
    for name, service in compose["services"].items():
        if service.get("restart") == "unless-stopped":
            assert "test" in service["healthcheck"], name


def test_foreign_images_are_pinned_to_a_release(compose):
    images = {
        service["image"] for service in compose["services"].values() if "build" not in service
    }

    assert [image for image in images if not re.search(r":\d+\.\d+(\.\d+)?(-|$)", image)] == []


def test_redis_keeps_the_queue(compose):
    command = compose["services"]["redis"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_only_who_migrates_owns_the_tables(compose):
    roles = {
        name: re.match(r"postgres://(\w+):", service["environment"]["DATABASE_URL"])[1]
        for name, service in compose["services"].items()
        if "DATABASE_URL" in service.get("environment", {})
    }
    migrate = compose["services"]["migrate"]["environment"]
    others = compose["services"]["web"]["environment"]

    assert roles == {
        "migrate": compose["services"]["database"]["environment"]["POSTGRES_USER"],
        "web": "second_story_product",
        "worker": "second_story_product",
        "beat": "second_story_product",
    }
    assert migrate["PRODUCT_DATABASE_URL"] == others["DATABASE_URL"]
    assert "POSTGRES_PASSWORD" not in str(others)


def test_nothing_starts_without_its_secrets(compose):
    text = (ROOT / "docker-compose.yml").read_text()

    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert required == {
        "DATABASE_PASSWORD",
        "DEFAULT_FROM_EMAIL",
        "EMAIL_URL",
        "NOTES_PEPPER",
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "SECRET_KEY",
        "SITE_HOST",
    }


def test_the_worker_listens_to_every_queue_the_product_uses(compose, settings):
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {"celery"}
    [flag] = [part for part in compose["services"]["worker"]["command"] if "--queues=" in part]

    assert set(flag.removeprefix("--queues=").split(",")) == routed


def test_the_example_environment_explains_every_variable():
    example = set(re.findall(r"^#? ?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M))
    code = "\n".join(path.read_text() for path in (ROOT / "config").glob("*.py"))
    read = set(
        re.findall(
            r"(?:env\.)?\b(?:text|flag|number|size|words|group_roles|token|networks)\(\s*\"([A-Z0-9_]+)\"",
            code,
        )
    )
    read |= set(
        re.findall(
            r"environ\.get\(\"([A-Z0-9_]+)\"", (ROOT / "deploy/gunicorn.conf.py").read_text()
        )
    )
    composed = set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text()))

    assert sorted((read | composed) - example) == []
    assert sorted(example - read - composed) == []


# The start script -------------------------------------------------------------------------------
def start_script(**variables):
    return subprocess.run(
        [sys.executable, "scripts/start.py"],
        cwd=ROOT,
        env=dict(os.environ) | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_web_server_starts_without_what_only_some_deeds_need():
    """Each of these is megabytes in every process."""
    program = (
        "import sys, config.wsgi\n"
        "from django.urls import get_resolver\n"
        "def load(resolver):\n"
        "    for each in getattr(resolver, 'url_patterns', []):\n"
        "        load(each)\n"
        "load(get_resolver())\n"
        "needless = {'PIL', 'cryptography', 'fido2', 'icalendar', 'markdown', 'requests',"
        " 'weasyprint'}\n"
        "print(sorted(needless & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "OIDC_ISSUER": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "start", ["import config.wsgi", "import django; django.setup(); worker_init.send(None)"]
)
def test_a_server_is_ready_before_it_is_asked_and_looks_for_no_garbage_in_what_stays(start):
    program = (
        "import gc, sys; from celery.signals import worker_init; import config.celery\n"
        f"{start}\n"
        "print('config.urls' in sys.modules, gc.isenabled(), gc.get_freeze_count() > 100_000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "True True True"


def test_a_taken_port_gets_one_clear_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = start_script(PORT=str(port), DATA_DIR=str(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Port {port} is already in use. Choose another: make run PORT={port + 1}\n"
    )


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "80 80"])
def test_a_port_that_is_none_gets_one_clear_sentence(tmp_path, port):
    done = start_script(PORT=port, DATA_DIR=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr == f"PORT is {port!r}. Write a number from 1 to 65535.\n"


def test_one_data_folder_is_never_used_twice(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", f"""
import sys, time
sys.path.insert(0, "scripts")
import start
from pathlib import Path
held = start.lock_data_folder(Path({str(tmp_path)!r}), "http://127.0.0.1:8123")
print("held", flush=True)
time.sleep(60)
"""],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout.readline() == "held\n"
    try:
        done = start_script(PORT=str(free_port()), DATA_DIR=str(tmp_path))
    finally:
        holder.kill()
        holder.communicate()

    assert done.returncode == 1
    assert done.stderr == (
        "Second Story already runs with this data folder, at http://127.0.0.1:8123. "
        "For a second copy: make run DATA_DIR=var-2 PORT=8001\n"
    )


def test_an_old_python_is_told_which_one_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(machine.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)

    with pytest.raises(SystemExit):
        machine.need_python()

    message = capsys.readouterr().err
    assert message.startswith("Second Story needs Python 3.11 or newer, and this is Python 3.9.")
    assert message.count("\n") == 1


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path, monkeypatch):
    import start

    monkeypatch.delenv("SECRET_KEY", raising=False)
    start.keep_secret_key(tmp_path)
    key = (tmp_path / "secret_key").read_text()
    start.keep_secret_key(tmp_path)

    assert (tmp_path / "secret_key").read_text() == key
    assert len(key.strip()) >= 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_another_projects_servers_in_the_shell_are_left_alone(tmp_path, monkeypatch, capsys):
    import start

    monkeypatch.setenv("DATABASE_URL", "postgres://other@db/other")
    monkeypatch.setenv("REDIS_URL", "redis://other/0")

    chosen = start.environment_for(tmp_path, "http://127.0.0.1:8000")

    assert "DATABASE_URL" not in chosen
    assert "REDIS_URL" not in chosen
    assert "Not using DATABASE_URL" in capsys.readouterr().out


@pytest.fixture
def running_product(tmp_path):
    """`make run` without demo data, on a free port; ended by Ctrl-C if the test hasn't."""
    port = free_port()
    environment = dict(os.environ) | {
        "PORT": str(port),
        "DATA_DIR": str(tmp_path / "data"),
        "DEMO": "0",
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("SECRET_KEY", None)
    environment.pop("DEBUG", None)  # with it, static files go by their plain names
    process = subprocess.Popen(
        [sys.executable, "scripts/start.py"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Second Story is at"):
            break
    assert process.poll() is None, "".join(lines)
    yield process, f"http://127.0.0.1:{port}", lines
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


def test_make_run_serves_the_login_page_and_leaves_nothing_behind(running_product):
    process, address, lines = running_product
    assert lines[-1] == f"Second Story is at {address}   (Ctrl-C stops it)\n"
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    with urllib.request.urlopen(address, timeout=10) as response:
        html = response.read().decode()
        assert response.status == 200
    # The style sheet of the page is there, under its hashed name.
    [style] = re.findall(r'href="(/static/css/site\.[0-9a-f]+\.css)"', html)
    with urllib.request.urlopen(address + style, timeout=10) as response:
        assert "max-age=315360000" in response.headers["Cache-Control"]
    assert len(children) == 3

    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)

    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert [pid for pid in children if is_alive(pid)] == []


# The supervisor ---------------------------------------------------------------------------------
PARENT_WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
with open(sys.argv[1], "a") as file:
    file.write(f"{child.pid}\\n")
time.sleep(60)
"""


def is_alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def supervised(tmp_path):
    children = tmp_path / "children"
    said = []
    program = Program("The sleeper", [sys.executable, "-c", PARENT_WITH_CHILD, str(children)])
    supervisor = Supervisor([program], dict(os.environ), said.append)
    supervisor.start()
    wait_until(children.exists)
    yield supervisor, program, children, said
    supervisor.stop()


def test_a_dead_program_is_started_again_without_its_old_children(supervised):
    supervisor, program, children, said = supervised
    first = program.process.pid
    [old_child] = wait_until(lambda: children.read_text().split())
    os.kill(first, signal.SIGKILL)
    program.process.wait()

    def started_again():
        supervisor.look_after()
        return program.is_running() and len(children.read_text().split()) == 2

    wait_until(started_again, within=10)
    assert program.process.pid != first
    assert said == ["The sleeper stopped by itself (code -9). Starting it again in 1 s."]
    wait_until(lambda: not is_alive(old_child))


def test_stopping_leaves_nothing_behind(supervised):
    supervisor, program, children, _ = supervised
    [child] = wait_until(lambda: children.read_text().split())
    began = time.monotonic()

    supervisor.stop()

    assert time.monotonic() - began < 5
    assert not is_alive(program.process.pid)
    wait_until(lambda: not is_alive(child))
