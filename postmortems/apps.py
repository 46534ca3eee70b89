from django.apps import AppConfig


class PostmortemsConfig(AppConfig):
    name = "postmortems"

    def ready(self) -> None:
        # Models exist from here on. What is below us learns what we add to it.
        from incidents import review_policy
        from people import enclosures
        from postmortems import invitation, rules

        review_policy.use(rules)
        for kind in ("review_invitation", "review_meeting", "review_seat"):
            enclosures.bring(kind, invitation.for_request)
        enclosures.bring("review_meeting_off", invitation.for_cancellation)
        enclosures.bring("meeting_gone", invitation.for_withdrawal)
