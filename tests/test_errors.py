"""The page for what nobody expected."""

import pytest
from django.test import RequestFactory, override_settings

from config import errors


@pytest.mark.django_db
def test_the_last_page_needs_nothing_that_may_be_missing(django_assert_num_queries, tmp_path):
    hashed_names = {
        "staticfiles": {
            "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            "OPTIONS": {"location": str(tmp_path)},
        }
    }
    with override_settings(STORAGES=hashed_names), django_assert_num_queries(0):
        response = errors.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "It is not your doing" in response.content.decode()
    assert "stylesheet" not in response.content.decode()
