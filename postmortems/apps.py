from django.apps import AppConfig


class PostmortemsConfig(AppConfig):
    name = "postmortems"

    def ready(self) -> None:
        # Models exist from here on. What is below us learns what we add to it.
        from incidents import review_policy
        from postmortems import rules

        review_policy.use(rules)
