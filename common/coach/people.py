"""Who is named in a sentence: everybody becomes one token, with the classes of such a person."""

from __future__ import annotations

from common.coach.tokens import Token

_NO_MODIFIER = frozenset(
    {
        *("<past>", "<done>", "<aux>", "<be>", "<have>", "<prep>", "<conj>", "<not>", "<det>"),
        *(".", ",", ";", ":", "!", "?", "(", ")", "[", "]", "|", "…", "–", "—", "'s", "<quote>"),
    }
)
#: After these a bare group word ("support", "infra") names people.
_BEFORE_GROUP = frozenset("by because but and , of in with from to".split())
#: What the first word of somebody who is named has one of.
_MAY_BEGIN = frozenset(
    {
        *("<name>", "<title>", "<pronoun>", "<self>", "<someone>", "<det>", "<before-role>"),
        *("<role>", "<roles>", "<group>", "<fool>", "<half-role>", "<judge>", "<soft-judge>"),
        "<ideal>",
    }
)


def with_people(tokens: list[Token]) -> list[Token]:
    """The sentence with "the network engineer's" or "Carlos and Mei" as one token each."""
    _judge_strangers(tokens)
    result: list[Token] = []
    at = 0
    while at < len(tokens):
        person = None if _MAY_BEGIN.isdisjoint(tokens[at].keys) else _person(tokens, at)
        if person is None:
            result.append(tokens[at])
            at += 1
            continue
        stop, kinds = person
        keys = kinds | {"<person>"}
        end = tokens[stop - 1].end
        if stop < len(tokens) and tokens[stop].word == "'s":
            following = tokens[stop + 1].keys if stop + 1 < len(tokens) else frozenset()
            is_verb = "<pronoun>" in kinds or not following.isdisjoint(
                {"<not>", "<det>", "<be.ing>"}
            )
            if not is_verb:
                keys = frozenset(f"{key[:-1]}.of>" for key in keys)
                end = tokens[stop].end
                stop += 1
        words = tokens[at].word if stop == at + 1 else ""
        if words:
            keys = keys | {words}
        result.append(Token(tokens[at].start, end, frozenset(keys), words, tokens[at].is_capital))
        at = stop
    return result


def _judge_strangers(tokens: list[Token]) -> None:
    """Take an unknown word in capitals for a name where it acts as only people do.

    At the beginning of a sentence the capital tells nothing.
    """
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if "<stranger>" not in token.keys:
            continue
        if following is not None and "<human>" in following.keys:
            token.keys |= {"<name>"}
        elif token is tokens[0] or (following is not None and _is_a_noun(following)):
            token.keys -= {"<stranger>"}


def _is_a_noun(token: Token) -> bool:
    """True for a word that nothing tells to be another: what stands before it describes it."""
    return token.word.isalpha() and token.keys.isdisjoint(_NO_MODIFIER | {"<soft>", "<adverb>"})


def _person(tokens: list[Token], at: int) -> tuple[int, frozenset[str]] | None:
    """Where the person that begins here ends, and what kind of person it is."""
    first = tokens[at].keys
    if tokens[at].word == "one" and [one.word for one in tokens[at + 1 : at + 2]] == ["of"]:
        several = _by_role(tokens, at + 2) if at + 2 < len(tokens) else None
        return several and (several[0], frozenset({"<role>", "<one>"}))
    if tokens[at].word == "no" and at + 1 < len(tokens) and tokens[at + 1].word == "one":
        return at + 2, frozenset({"<someone>", "<many>", "nobody"})
    if "<name>" in first:
        return _named(tokens, at)
    if "<title>" in first and [one.is_capital for one in tokens[at : at + 2]] == [True, True]:
        return _named(tokens, at + 1)
    if "<pronoun>" in first:
        return at + 1, frozenset({"<he>", "<one>"})
    if "<self>" in first:
        return at + 1, frozenset({"<self>"})
    if "<someone>" in first:
        return _someone(tokens, at)
    return _by_role(tokens, at)


def _named(tokens: list[Token], at: int) -> tuple[int, frozenset[str]]:
    kinds = frozenset({"<named>", "<one>"})
    stop = at + 1
    while stop < len(tokens) and stop < at + 4 and _goes_on_as_name(tokens[stop]):
        stop += 1
    # Names in a row: "Carlos, Mei and Jo".
    while stop + 1 < len(tokens) and tokens[stop].word in {"and", "&", ","}:
        if "<name>" not in tokens[stop + 1].keys:
            break
        stop += 2
    if stop + 2 < len(tokens) and tokens[stop].word == "(":
        for close in range(stop + 1, min(stop + 6, len(tokens))):
            if tokens[close].word == ")":
                return close + 1, kinds
    if stop < len(tokens) and tokens[stop].word in {"from", "in", "of", "at"}:
        after = stop + 1
        if after < len(tokens) and "<det>" in tokens[after].keys:
            after += 1
        for last in range(after, min(after + 3, len(tokens))):
            if "<group>" in tokens[last].keys or "<before-role>" in tokens[last].keys:
                if last + 1 == len(tokens) or "<group>" not in tokens[last + 1].keys:
                    return last + 1, kinds
            else:
                break
    return stop, kinds


def _goes_on_as_name(token: Token) -> bool:
    return token.is_capital and not token.keys.isdisjoint({"<name>", "<stranger>"})


def _someone(tokens: list[Token], at: int) -> tuple[int, frozenset[str]]:
    kind = frozenset({"<someone>", "<many>", tokens[at].word})
    stop = at + 1
    if _is_named(tokens, stop):
        return stop + 2, frozenset({"<named>", "<one>"})
    if stop < len(tokens) and tokens[stop].word in {"in", "from", "on", "at"}:
        after = stop + 1
        while after < len(tokens) and not tokens[after].keys.isdisjoint({"<det>", "<before-role>"}):
            after += 1
        if after < len(tokens) and not tokens[after].keys.isdisjoint({"<group>", "call", "duty"}):
            return after + 1, kind
        if after > stop + 1 and "<before-role>" in tokens[after - 1].keys:
            return after, kind
    return stop, kind


def _by_role(tokens: list[Token], at: int) -> tuple[int, frozenset[str]] | None:
    """ "The network engineer", "our database group", "a member of the support staff"."""
    stop = at
    has_det = False
    if "<det>" in tokens[stop].keys:
        has_det = True
        stop += 1
        if stop < len(tokens) and tokens[stop].word == "'s":
            return None
    head = 0
    kinds: frozenset[str] = frozenset()
    # The last word of a chain of modifiers that is a role or a group is the head.
    for last in range(stop, min(stop + 5, len(tokens))):
        keys = tokens[last].keys
        role = keys & {"<role>", "<roles>", "<group>", "<fool>"}
        if "<now>" in keys and _word_at(tokens, last + 1) in {"to", "into", "back"}:
            role = frozenset()  # "the trail leads to"
        if "<half-role>" in keys and last == stop:
            role = role if _word_at(tokens, last + 1) == "of" else frozenset()
        if "<role-tail>" in keys and last > at:
            names_person = not tokens[last - 1].keys.isdisjoint({"<role>", "<group>", "<vehicle>"})
            if names_person or _is_on_duty(tokens, last + 1) or _drives(tokens, last + 1):
                role = frozenset({"<roles>" if tokens[last].word.endswith("s") else "<role>"})
        if role and not (last > stop and tokens[last - 1].word in {"on", "the"}):
            head, kinds = last + 1, role
        modifies = role or not keys.isdisjoint(
            {"<before-role>", "<judge>", "<soft-judge>", "<ideal>"}
        )
        if (
            tokens[last].word == "'s"
            and head
            and last + 1 < len(tokens)
            and not tokens[last + 1].keys.isdisjoint({"<role>", "<roles>", "<group>"})
        ):
            continue
        is_verb = "<now>" in keys and (
            tokens[last].word.endswith("s") or tokens[at].word in {"that", "which", "who"}
        )
        if not modifies and (is_verb or not has_det or not keys.isdisjoint(_NO_MODIFIER)):
            break
    if not head:
        return None
    if head < len(tokens) and _makes_compound(tokens[head]):
        return None
    if _is_a_program(tokens, head):
        return None
    bare_group = "<group>" in kinds and not has_det and head == at + 1
    if bare_group and not _stands_alone(tokens, at, head):
        return None
    kind = "<role>" if kinds & {"<role>", "<fool>"} and not kinds & {"<group>"} else "<many>"
    found = {kind} | ({"<one>"} if kind == "<role>" and "<fool>" not in kinds else set())
    described = frozenset().union(*(token.keys for token in tokens[at:head]))
    if described & {"<judge>", "<soft-judge>", "<fool>"}:
        found.add("<judged>")
    if "<ideal>" in described and tokens[at].word in {"no", "any", "every", "each"}:
        found.add("<ideal.person>")
    if any(token.word in {"all", "whole", "entire"} for token in tokens[at:head]):
        found.add("<all-of>")
    if tokens[at].word in {"every", "no", "any"}:
        found.add(f"<{tokens[at].word}>")
    if tokens[at].word == "one":
        found.add("<the-one>")
    if any(token.word == "single" for token in tokens[at:head]):
        found.add("<single>")
    found |= (kinds & {"<fool>"}) | (described & {"<novice>"})
    stop = head
    # "an SRE named Robert", "the author of the patch", "the DBA on duty", "someone on call".
    following = [token.word for token in tokens[stop : stop + 2]]
    if _is_named(tokens, stop):
        return stop + 2, frozenset({"<named>", "<one>"})
    if stop < len(tokens) and "<number>" in tokens[stop].keys and kind == "<role>":
        return stop + 1, frozenset({"<named>", "<one>"})
    if _is_on_duty(tokens, stop):
        stop += 2
    elif following[:1] in (["responsible"], ["concerned"], ["involved"]) and following[1:] != [":"]:
        stop += 1
    elif _drives(tokens, stop):
        while "<vehicle>" not in tokens[stop].keys:
            stop += 1
        while stop < len(tokens) and "<vehicle>" in tokens[stop].keys:
            stop += 1
    elif stop + 1 < len(tokens) and tokens[stop].word in {"of", "in", "from", "at", "on"}:
        after = stop + 1
        while after < len(tokens) and after < stop + 4:
            keys = tokens[after].keys
            if keys.isdisjoint({"<det>", "<before-role>"}):
                break
            if (
                "<group>" in keys
                and tokens[after + 1 :]
                and tokens[after + 1].keys.isdisjoint(
                    {"<group>", "<before-role>", "<roles>", "<vehicle>"}
                )
            ):
                break
            after += 1
        if after < len(tokens) and not tokens[after].keys.isdisjoint(
            {"<group>", "<made>", "<roles>", "<vehicle>"}
        ):
            stop = after + 1
    return _after_place(tokens, stop), frozenset(found)


def _after_place(tokens: list[Token], at: int) -> int:
    """Behind "at the Frankfurt site", where a verb follows: it only tells who is meant."""
    if at + 1 >= len(tokens) or tokens[at].word not in {"in", "on", "at", "from", "of", "with"}:
        return at
    if tokens[at + 1].word == "fault":
        return at
    after = at + 2 if "<det>" in tokens[at + 1].keys else at + 1
    for last in range(after, min(after + 4, len(tokens))):
        keys = tokens[last].keys
        if last > after and not keys.isdisjoint({"<past>", "<be>", "<have>", "<aux>"}):
            return last
        if not keys.isdisjoint(_NO_MODIFIER):
            break
    return at


def _word_at(tokens: list[Token], at: int) -> str:
    return tokens[at].word if at < len(tokens) else ""


def _is_on_duty(tokens: list[Token], at: int) -> bool:
    on, what, after = (_word_at(tokens, place) for place in range(at, at + 3))
    if on == "in":
        return what == "training"
    return on == "on" and (
        what in {"duty", "call", "shift", "watch"} or (what == "the" and after == "phone")
    )


def _drives(tokens: list[Token], at: int) -> bool:
    """True for "of the delivery van"."""
    return _word_at(tokens, at) == "of" and any(
        "<vehicle>" in token.keys for token in tokens[at + 1 : at + 4]
    )


def _is_named(tokens: list[Token], at: int) -> bool:
    """True for "named Robert"."""
    follows = tokens[at : at + 2]
    return len(follows) == 2 and follows[0].word in {"named", "called"} and follows[1].is_capital


def _is_a_program(tokens: list[Token], head: int) -> bool:
    """True for "the package manager": what stands before makes a program of the role."""
    names_both = "<program>" in tokens[head - 1].keys
    return names_both and head > 1 and "<thing-before>" in tokens[head - 2].keys


def _makes_compound(token: Token) -> bool:
    """True when the word after a role makes a thing of it: "operator console"."""
    if not token.word or token.word == "'s":
        return False
    if "<thing-after>" in token.keys:
        return True
    # Of an unknown word only an ending of the past tells that it is the verb.
    return (
        len(token.keys - {"<capital>", "<doer>"}) == 1
        and token.word[-1].isalnum()
        and not token.word.endswith("ed")
    )


def _stands_alone(tokens: list[Token], at: int, head: int) -> bool:
    """True when a bare group word ("support", "infra") is a subject or follows a preposition."""
    following = tokens[head].keys if head < len(tokens) else frozenset()
    if at and not tokens[at - 1].keys.isdisjoint(_BEFORE_GROUP):
        return True
    return at == 0 and not following.isdisjoint(
        {"<past>", "<aux>", "<be>", "<have>", "<not>", "<soft>", "<adverb>", "<often>", "<need>"}
    )
