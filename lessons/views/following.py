"""What one follows: choosing it, looking after it, and the feeds of it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from common.addresses import word
from common.forms import form_page, posted
from common.languages import in_language_of
from lessons import feeds, following
from lessons.asking import tags_seen_by
from lessons.browsing import Asked
from lessons.forms import FollowForm
from lessons.models import Following, Lesson
from people import feed_keys, topics
from people.models import FeedKey, Team
from people.preferences import of as wishes_of
from postmortems.models import Review


@form_page
def followed(request: HttpRequest) -> HttpResponse:
    """Everything one follows, and the addresses of feeds; add something by its name."""
    form = FollowForm(posted(request), tags=tags_seen_by(request.user))
    if form.is_valid():
        for thing in form.things():
            following.follow(request.user, thing)
        messages.success(request, gettext("You follow it from now on."))
        return redirect("following:list")
    return _page(request, form, status=422 if form.is_bound else 200)


def _page(
    request: HttpRequest, form: FollowForm, *, address: str = "", status: int = 200
) -> HttpResponse:
    user, topic = request.user, topics.BY_NAME["followed"]
    rows = [following.shown(each) for each in Following.objects.of(user)]
    names = {following.feed_name(row.following.pk): row.name for row in rows} | {
        following.EVERYTHING: following.EVERYTHING_TITLE,
        following.FOLLOWED: following.FOLLOWED_TITLE,
        following.BULLETIN: following.BULLETIN_TITLE,
    }
    keys = FeedKey.objects.of_owner(user).filter(of__startswith=following.FEEDS)
    context = {
        "form": form,
        "rows": [(row, following.feed_name(row.following.pk)) for row in rows],
        "keys": [(key, names[key.of]) for key in keys if key.of in names],
        "feeds": names,
        "address": address,
        "how": wishes_of(user).how(topic),
        "now": timezone.now(),
    }
    return render(request, "lessons/followed.html", context, status=status)


@form_page
def choose(request: HttpRequest) -> HttpResponse:
    """Of what a lesson, a published review or a team is about: ?lesson=58, ?review=, ?team=."""
    user = request.user
    title, back, things = _offered(request)
    if request.method == "POST":
        following.choose(user, things, request.POST.getlist("thing"))
        messages.success(request, gettext("Kept. You find all that you follow in your settings."))
        return redirect(back)
    followed = following.followed_among(user, things)
    rows = [
        (value := following.value_of(thing), thing.name, following.KINDS[following.kind_of(thing)],
         value in followed)
        for thing in things
    ]  # fmt: skip
    context = {"title": title, "back": back, "rows": rows}
    return render(request, "lessons/follow.html", context)


def _offered(request: HttpRequest) -> tuple[str, str, list[following.Thing]]:
    """(its title, its address, what can be followed); 404 for what this reader may not see."""
    user, asked = request.user, request.GET
    if number := word(asked, "lesson"):
        lesson = get_object_or_404(Lesson.objects.in_library(user), reference=f"L-{number}")
        return lesson.title, lesson.get_absolute_url(), following.of_lesson(lesson)
    if reference := word(asked, "review"):
        reviews = Review.objects.visible_to(user).filter(publications__isnull=False).distinct()
        review = get_object_or_404(
            reviews.select_related("incident__team"), incident__reference=reference
        )
        page = reverse("postmortems:published", args=[review.reference])
        return review.incident.title, page, following.of_review(review)
    team = get_object_or_404(Team.objects.visible_to(user), slug=word(asked, "team"))
    return team.name, team.get_absolute_url(), following.of_team(team)


@require_POST
def follow_search(request: HttpRequest) -> HttpResponse:
    """`query`: what stands behind the question mark of the library's address."""
    typed = request.POST.get("query", "")[:4_000].encode(errors="ignore")
    asked = Asked.read(QueryDict(typed))
    try:
        following.follow_search(request.user, asked)
    except following.Refused as reason:
        messages.error(request, str(reason))
    else:
        messages.success(
            request, gettext("You follow this from now on. Settings has all that you follow.")
        )
    return redirect(asked.address())


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    if not following.stop(request.user, pk):
        raise Http404
    messages.success(
        request, gettext("You no longer follow it. Its feed, if it had one, has ended.")
    )
    return redirect("following:list")


@require_POST
def make_feed(request: HttpRequest) -> HttpResponse:
    """A new address is shown on the answer to this, and never again."""
    secret = following.issue(request.user, word(request.POST, "of"), now=timezone.now())
    if secret is None:
        raise Http404
    address = f"{settings.SITE_ORIGIN}{reverse('lessons:feed')}?key={secret}"
    form = FollowForm(tags=tags_seen_by(request.user))
    return _page(request, form, address=address)


@require_POST
def take_back_feed(request: HttpRequest, pk: int) -> HttpResponse:
    if not feed_keys.take_back(request.user, pk):
        raise Http404
    messages.success(request, gettext("That address shows nothing any more."))
    return redirect("following:list")


@login_not_required
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """What a reader of feeds asks for. The secret stands behind the question mark, which our logs
    leave out."""
    key = feed_keys.find(request.GET.get("key", ""), of=following.FEEDS, now=timezone.now())
    if key is None:
        raise Http404
    with in_language_of(key.owner):
        return _read_by_program(request, feeds.content_of(key))


def _read_by_program(request: HttpRequest, content: feeds.Content | None) -> HttpResponse:
    if content is None:
        raise Http404
    seconds = int(content.last_modified.timestamp())
    response = get_conditional_response(request, etag=content.etag, last_modified=seconds)
    if response is None:
        response = feeds.LibraryFeed()(request, content=content)
    response["ETag"] = content.etag
    response["Last-Modified"] = http_date(seconds)
    response["X-Robots-Tag"] = "noindex"
    # What was taken back or restricted a moment ago must not stay in a cache.
    patch_cache_control(response, private=True, no_cache=True)
    return response
