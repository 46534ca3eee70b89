"""What happens by the clock. Each call is worth nothing any more once the next one is near."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab


def _call(task: str, when: crontab | float, *, expires: float, **options: Any) -> dict[str, Any]:
    """One entry of Celery's beat. `when` as a number and `expires` are seconds."""
    return {"task": task, "schedule": when, "options": {"expires": expires, **options}}


def _often(task: str, seconds: float, **options: Any) -> dict[str, Any]:
    return _call(task, seconds, expires=seconds - 0.5, **options)


def schedule(
    *, queues: tuple[str, ...], heartbeat: float, sweep: float, feed: float | None
) -> dict[str, dict[str, Any]]:
    """For Celery's beat. All four are of the settings; `feed` is None where no OpenSearch waits
    to be told."""
    entries = {
        f"hear of a worker for {queue}": _often("config.tasks.heartbeat", heartbeat, queue=queue)
        | {"args": [queue]}
        for queue in queues
    }
    if feed:
        entries["tell OpenSearch what changed"] = _often("config.tasks.feed_search", feed)
    return entries | {
        "deliver what waits": _often("people.tasks.deliver_waiting", sweep),
        "post what waits": _often("people.tasks.post_waiting", sweep),
        "find actions to remind of": _call(
            "actions.tasks.remind", crontab(minute="*/10"), expires=500
        ),
        "look after tickets elsewhere": _call(
            "actions.tasks.look_after_tickets", crontab(minute="7-59/15"), expires=600
        ),
        "find reviews to remind of": _call(
            "postmortems.tasks.remind", crontab(minute="5-55/10"), expires=500
        ),
        "find lessons to read again": _call(
            "lessons.tasks.ask_whether_true", crontab(hour="*/6", minute=25), expires=3600
        ),
        # Every day: a month without three lessons at its beginning may have them later.
        "draft the bulletin of the month": _call(
            "lessons.tasks.draft_bulletin", crontab(hour=6, minute=35), expires=3600
        ),
        "forget who was counted as a reader": _call(
            "lessons.tasks.forget_tickets", crontab(hour=4, minute=30), expires=3600
        ),
        # Every hour: somewhere a week has just ended.
        "tell managers how it went": _call(
            "config.tasks.tell_reports", crontab(minute=15), expires=3000
        ),
        "tell of what people follow": _call(
            "lessons.tasks.tell_followers", crontab(minute="3-53/10"), expires=500
        ),
        # At the same minute of every day, a while after an opening.
        "tell of confidential notes": _call(
            "postmortems.tasks.open_notes", crontab(hour=5, minute=20), expires=3600
        ),
        "publish what was signed": _call("postmortems.tasks.publish_due", 60.0, expires=55),
        "throw away papers of yesterday": _call(
            "common.tasks.throw_away_papers", crontab(hour="*/6", minute=40), expires=3600
        ),
        "seal what was published a while ago": _call(
            "postmortems.tasks.seal", crontab(hour=4, minute=10), expires=3600
        ),
        "forget sessions that are over": _call(
            "people.tasks.forget_sessions", crontab(hour=3, minute=20), expires=3600
        ),
        "forget what programs sent once": _call(
            "api.tasks.forget_what_was_sent", crontab(hour=3, minute=50), expires=3600
        ),
        "forget alerts that were over long ago": _call(
            "alerts.tasks.forget_old_alerts", crontab(hour=3, minute=55), expires=3600
        ),
        "sum up the trail": _call(
            "config.tasks.close_trail", crontab(hour=2, minute=50), expires=3600
        ),
        "thin out what OpenSearch was not told": _call(
            "config.tasks.thin_out_search_changes", crontab(hour=4, minute=50), expires=3600
        ),
        "forget starts of tasks that never came again": _call(
            "config.tasks.forget_tries", crontab(hour=4, minute=5), expires=3600
        ),
        "sweep files without a row": _call(
            "incidents.tasks.sweep_files", crontab(hour=3, minute=40), expires=3600
        ),
    }
