from django.http import Http404, HttpRequest, HttpResponse


def part(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def add_finding(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def explain_empty(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def edit_finding(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def move_finding(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def echo(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def merge_finding(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def remove_finding(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404
