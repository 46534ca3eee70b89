"""Words that look like those of a trade and are as common as words are: Zipf's law.

Deterministic: the same seed writes the same texts.
"""

from __future__ import annotations

import random
from itertools import accumulate

#: Words with a known share of the texts that hold them, to measure searches with.
KNOWN_SHARES = {"service": 0.85, "replica": 0.10, "certificate": 0.01, "quorum": 0.0016}
VOCABULARY = 12_000
SENTENCES = 40_000

_TRADE = """
alert request queue error database deploy latency traffic timeout region cluster cache worker
node client release config network disk memory load retry pager graph metric dashboard customer
page login payment search index backup restore snapshot primary failover migration schema lock
transaction connection pool thread process container image registry build pipeline test canary
rollout rollback flag feature gateway proxy balancer health check probe endpoint token session
key secret rotation expiry domain zone record resolver packet route link switch rack power
cooling sensor volume partition shard leader follower election consensus log stream topic consumer
producer offset backlog batch job scheduler timer clock drift leap second window threshold limit
quota throttle burst spike growth trend forecast capacity headroom saturation exhaustion leak
garbage collector heap stack crash restart loop panic exception fallback default override template
script command shell console prompt warning runbook procedure drill rehearsal rota handover ticket
channel bridge update summary owner vendor provider upstream downstream dependency library version
patch upgrade downgrade compatibility contract message format parser encoder validation input
output report export import archive retention cleanup deletion recovery journal checkpoint replay
""".split()
_STARTS = (
    "ka lo mi ne ru sa ti vo be da fe gu hi jo pa qui ro so tu wa xe yo za cor del fen".split()
)
_MIDDLES = "ra le ni so ta ve ko mu ri da bel cor dun fal gan hol".split()
_ENDS = "n r s t x l nd rk st th ton by ley mar".split()


def vocabulary() -> list[str]:
    """Words from common to rare; the rare ones are made up, like the names of hosts."""
    made_up = (
        start + middle + more + end
        for end in _ENDS
        for more in ("", *_MIDDLES)
        for middle in _MIDDLES
        for start in _STARTS
    )
    words = list(dict.fromkeys(word for word in _TRADE if word not in KNOWN_SHARES))
    known = set(words) | set(KNOWN_SHARES)
    for word in made_up:
        if len(words) == VOCABULARY:
            break
        if word not in known:
            known.add(word)
            words.append(word)
    return words


class Writer:
    """Writes titles, lines and texts."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._words = vocabulary()
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._words) + 1)))
        self._sentences = [self._sentence() for _ in range(SENTENCES)]

    def _some(self, count: int) -> list[str]:
        return self._rng.choices(self._words, cum_weights=self._weights, k=count)

    def _sentence(self) -> str:
        return f"{' '.join(self._some(self._rng.randint(9, 16))).capitalize()}."

    def common(self, count: int) -> list[str]:
        """The most common words."""
        return self._words[:count]

    def title(self) -> str:
        """Four to eight words."""
        return " ".join(self._some(self._rng.randint(4, 8))).capitalize()

    def sentence(self) -> str:
        return self._rng.choice(self._sentences)

    def text(self, sentences: int) -> str:
        """Sentences of about 12 words, and the words of KNOWN_SHARES as often as they say."""
        chosen = self._rng.choices(self._sentences, k=sentences)
        planted = [word for word, share in KNOWN_SHARES.items() if self._rng.random() < share]
        return " ".join([*chosen, *planted])
