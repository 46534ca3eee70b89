"""A small site that is an OpenID Connect provider, by allauth.idp.oidc: other people's code, in a
process of its own, for tests/people/test_single_sign_on.py."""
