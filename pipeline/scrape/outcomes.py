"""The closed lists of what may come of a request, a document or a picture, and why. One place, so that nothing is said twice."""

from typing import Literal, get_args

Outcome = Literal[
    "kept",  # bytes came and are stored
    "unchanged",  # the server, or the address, says that we hold it already
    "rejected",  # the answer will not do, and asking again would not help
    "quarantined",  # the answer could not be understood; the next run asks again
    "retry_later",  # the next run asks again, not before `retry_at`
    "stopped",  # the host, or the run, is at its end; the next run asks again
    "refused",  # we did not ask: address, robots.txt, opt-out or a limit forbid it
]
Reason = Literal[
    "",
    # refused
    "bad_address",
    "bad_scheme",
    "bad_port",
    "userinfo",
    "special_name",
    "not_public",
    "robots",
    "robots_unreachable",
    "opted_out",
    "opt_out_unknown",
    "limit",
    "imported",
    "paid",
    "not_alive",
    "private",
    "draft",
    "promoted",  # an advertisement
    "not_listed",  # its source counts it, and shows it nowhere
    "lost",  # its source lists it, and nothing came of it: a fault of ours
    "masked",  # a token that is not kept was part of the address
    "unlinked",  # no listing in reach tells of its publication any more
    # nothing came, or not all of it
    "unresolvable",
    "connection",
    "timeout",
    "too_slow",
    "truncated",
    "bad_headers",  # or no HTTP at all
    "bad_certificate",  # expired, of another name, or of nobody we trust
    "bad_tls",  # no TLS, or none that we speak
    "bad_encoding",
    "server_error",
    "rate_limited",
    "blocked",
    "circuit_open",
    # what came will not do
    "not_found",
    "gone",
    "unauthorized",
    "forbidden",
    "http_error",
    "redirect_loop",
    "too_many_redirects",
    "bad_redirect",
    "moved",  # a redirect, followed
    "moved_to_known",
    "too_large",
    "not_json",
    "wrong_type",
    "empty",
    "unreadable",
    "too_deep",
    # pictures
    "too_small",
    "too_many_pixels",
    "odd_shape",
    "too_many_frames",
    "undecodable",
]

IN_WORDS: dict[Reason, str] = {  # each reason, as a table says it to a person: why something was not fetched
    "": "",
    "bad_address": "the address cannot be read",
    "bad_scheme": "the address is neither http nor https",
    "bad_port": "the address names a port other than 80 and 443",
    "userinfo": "the address carries a name or password",
    "special_name": "the name is not one of the public internet",
    "not_public": "the address leads into a private network",
    "robots": "robots.txt does not allow it",
    "robots_unreachable": "robots.txt could not be had, which closes the host",
    "opted_out": "opted out of training",
    "opt_out_unknown": "whether it opted out of training is not known, which counts as yes",
    "limit": "over a limit of the person file",
    "imported": "comes from an archive already",
    "paid": "somebody else's paid post: metadata only",
    "not_alive": "the pin is no longer alive",
    "private": "private, and private pins were not asked for",
    "draft": "a draft, and drafts were not asked for",
    "promoted": "an advertisement",
    "not_listed": "the source counts it and does not show it",
    "lost": "listed, and neither asked for nor left out: a fault of Rhizome, please report it",
    "masked": "its address held a token or somebody's e-mail address, which is not kept",
    "unlinked": "no profile and no publication in reach leads there any more",
    "unresolvable": "the name leads nowhere",
    "bad_tls": "no secure connection could be made",
    "bad_certificate": "its certificate cannot be trusted",
    "connection": "no connection, or it broke",
    "timeout": "no answer in time",
    "too_slow": "the answer came too slowly",
    "truncated": "the answer broke off",
    "bad_headers": "the answer's headers cannot be read",
    "bad_encoding": "the answer's compression cannot be read",
    "server_error": "the server had an error",
    "rate_limited": "the server asked for fewer requests",
    "blocked": "a bot check stood in the way, and is not worked around",
    "circuit_open": "the host turned us away several times, so it was left alone",
    "not_found": "not there any more",
    "gone": "gone for good",
    "unauthorized": "wants a login, and nothing here logs in",
    "forbidden": "the server refuses it",
    "http_error": "the server answered with an error",
    "redirect_loop": "redirects go round in a circle",
    "too_many_redirects": "more than five redirects",
    "bad_redirect": "a redirect without an address",
    "moved": "a redirect, followed",
    "moved_to_known": "another address of what is held",
    "too_large": "too large",
    "not_json": "not the data that was asked for",
    "wrong_type": "not a page",
    "empty": "an empty answer",
    "unreadable": "the document cannot be read",
    "too_deep": "nested too deep",
    "too_small": "the picture is too small",
    "too_many_pixels": "the picture has too many pixels",
    "odd_shape": "the picture is far longer than wide, or wider than long",
    "too_many_frames": "the animation has too many frames",
    "undecodable": "the picture cannot be decoded",
}

OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))
REASONS: frozenset[str] = frozenset(get_args(Reason))
OURS: frozenset[str] = frozenset(  # what we decided ourselves, without asking
    {
        "", "bad_address", "bad_scheme", "bad_port", "userinfo", "special_name", "not_public", "robots", "opted_out", "opt_out_unknown",
        "limit", "imported", "paid", "not_alive", "private", "draft", "promoted", "not_listed", "lost", "masked", "unlinked", "moved",
        "moved_to_known",
    }
)  # fmt: skip
ASK_AGAIN: frozenset[str] = frozenset({"quarantined", "retry_later", "stopped"})  # the next run tries these anew
