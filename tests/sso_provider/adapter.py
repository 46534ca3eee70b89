"""What this provider says of people, and what it gets wrong about those whose name asks for it."""

import time
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter

WRONG = {
    "wrong-issuer": {"iss": "https://evil.example.org"},
    "wrong-audience": {"aud": "another-program"},
    "too-old": {"exp": int(time.time()) - 3600},
    "somebody-else": {"sub": "4711"},
}


class Adapter(DefaultOIDCAdapter):
    def get_claims(self, purpose: Any, user: Any, client: Any, scopes: Any, **kwargs: Any) -> Any:
        claims = super().get_claims(purpose, user, client, scopes, **kwargs)
        claims["groups"] = list(user.groups.values_list("name", flat=True))
        if user.username == "verified-in-words":
            claims["email_verified"] = "true"
        if purpose == "id_token":
            claims["of"] = user.username
        return claims

    def populate_id_token(
        self, id_token: dict[str, Any], client: Any, scopes: Any, **kwargs: Any
    ) -> None:
        id_token.update(WRONG.get(id_token.get("of", ""), {}))
