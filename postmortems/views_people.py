from django.http import Http404, HttpRequest, HttpResponse


def people(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def assign(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def invite(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def premises(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def private_word(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404


def reply(request: HttpRequest, **where: object) -> HttpResponse:
    raise Http404
