from django.http import Http404, HttpRequest, HttpResponse


def perspective(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def take_back(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def open_perspectives(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def bring_in(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404
