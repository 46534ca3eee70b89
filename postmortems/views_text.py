from django.http import Http404, HttpRequest, HttpResponse


def story(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def section(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def preview(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def versions(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404
