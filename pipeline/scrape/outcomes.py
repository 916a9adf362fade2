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

OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))
REASONS: frozenset[str] = frozenset(get_args(Reason))
OURS: frozenset[str] = frozenset(  # what we decided ourselves, without asking
    {
        "", "bad_address", "bad_scheme", "bad_port", "userinfo", "special_name", "not_public", "robots", "opted_out", "opt_out_unknown",
        "limit", "imported", "paid", "not_alive", "private", "draft", "moved", "moved_to_known",
    }
)  # fmt: skip
ASK_AGAIN: frozenset[str] = frozenset({"quarantined", "retry_later", "stopped"})  # the next run tries these anew
