from django.http import Http404, HttpRequest, HttpResponse


def add_line(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def edit_line(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def remove_line(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404
