from django.http import Http404, HttpRequest, HttpResponse


def review_list(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def detail(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def request_review(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def move(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def set_meeting(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def not_needed(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def hand_over(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def ask_for_changes(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404
