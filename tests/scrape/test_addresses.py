import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape import addresses

UUID = "52784fae-8082-44d2-abac-11a5c5663133"
UPLOAD = f"https://substack-post-media.s3.amazonaws.com/public/images/{UUID}_326x448.jpg"
SIGNATURE = "9d29ae946e0d786d9a9ecc12e1f19c72"
ENCODED = UPLOAD.replace(":", "%3A").replace("/", "%2F")
SHAPED = st.from_regex(r"(https?:)?(//)?[a-zA-Z0-9.:@%\[\]ü。-]{0,20}(/[ -~]{0,20})?(\?[ -~]{0,30})?", fullmatch=True)


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("HTTP://Example.COM:80/A/b", "https://example.com/A/b"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com:443/a/", "https://example.com/a/"),
        ("https://www.example.com/a", "https://www.example.com/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("  https://example.com/a b \n", "https://example.com/a%20b"),
        ("https://example.com/a#part", "https://example.com/a"),
        ("https://example.com/a?utm_source=x&b=1&fbclid=2&token=3", "https://example.com/a?b=1"),
        ("https://example.com/?s=hedgehog&r=2", "https://example.com/?s=hedgehog&r=2"),
        ("https://own.example/p/slug?r=abc&s=w&action=share", "https://own.example/p/slug"),
        ("https://maker.substack.com/?r=abc&b=1", "https://maker.substack.com/?b=1"),
        ("https://own.example/p/slug?r=4abc9", "https://own.example/p/slug"),
        ("https://own.example/p/slug?utm_source=share&r=abc", "https://own.example/p/slug"),
        ("https://own.example/p/slug?publication_id=1&post_id=2&isFreemail=true&r=abc", "https://own.example/p/slug"),
        ("https://shop.example/p/item?r=1&s=2", "https://shop.example/p/item?r=1&s=2"),
        ("https://shop.example/p/item?r=blue", "https://shop.example/p/item?r=blue"),
        ("https://shop.example/p/item?post_id=7&action=view", "https://shop.example/p/item?post_id=7&action=view"),
        ("https://shop.example/p/items/9?r=1&s=w", "https://shop.example/p/items/9?r=1&s=w"),
        ("https://social.example/@name?r=1&s=w", "https://social.example/@name?r=1&s=w"),
        ("https://www.pinterest.com/pin/123", "https://www.pinterest.com/pin/123/"),
        ("http://pinterest.de/pin/123/?utm_source=x&nic=a", "https://www.pinterest.com/pin/123/"),
        ("https://ru.pinterest.com/pin/a-slug--of-words--123/#x", "https://www.pinterest.com/pin/123/"),
        ("https://www.pinterest.co.uk/pin/123/", "https://www.pinterest.com/pin/123/"),
        ("https://www.pinterest.com.au/pin/123/", "https://www.pinterest.com/pin/123/"),
        ("https://www.pinterest.com/pin/create/button/?url=x", "https://www.pinterest.com/pin/create/button/?url=x"),
        ("https://www.pinterest.com/maker/board", "https://www.pinterest.com/maker/board"),
        ("https://pinterest.example/pin/123", "https://pinterest.example/pin/123"),
        ("https://notpinterest.com/pin/123", "https://notpinterest.com/pin/123"),
    ],
)
def test_one_spelling(written: str, spelled: str) -> None:
    assert addresses.canonical(written) == spelled


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", "ftp://example.com/", "file:///etc/passwd", "", "#part",
        "https://user:secret@example.com/", "https://example.com\\@127.0.0.1/", "https://exa\nmple.com/", "https:///path",
        "https://./", "https://example.com:99999999/", "http://[::1", "\x01javascript:alert(1)", "https://example.com/\ud83d",
        "https://example.com/" + "a" * 9000, "/relative", "blob:https://example.com/x",
    ],
)  # fmt: skip
def test_what_is_no_web_address(written: str) -> None:
    assert addresses.canonical(written) is None


def test_relative_addresses_are_resolved() -> None:
    assert addresses.canonical("../c?x=1", "https://example.com/a/b/") == "https://example.com/a/c?x=1"
    assert addresses.canonical("//other.example/a", "https://example.com/") == "https://other.example/a"


@holds_for(st.from_regex(addresses.PLAIN, fullmatch=True))
def test_a_plain_address_is_read_as_urllib3_reads_it(written: str) -> None:
    assert addresses.canonical(written) == addresses.canonical(written.replace("http", "HTTP", 1))  # which is not plain


@holds_for(st.one_of(st.text(), SHAPED), light=300)
def test_spelling_twice_changes_nothing(written: str) -> None:
    once = addresses.canonical(written)
    assert once is None or (addresses.canonical(once) == once and once.startswith("https://") and addresses.host(once) in once)


@holds_for(st.one_of(st.text(), SHAPED), light=150)
def test_any_text_may_be_asked_about(written: str) -> None:
    assert isinstance(addresses.unwrap_image(written)[0], str)
    assert addresses.image_key(written) is None or addresses.origin(written) != ""
    assert all(isinstance(width, int) for _, width in addresses.srcset(written))


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABEL, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))
# no semicolon: urljoin drops an empty parameter
PATHS = st.lists(st.text("abcXYZ019-._~!$&'()*+,=:@", min_size=1, max_size=6), max_size=3).map(lambda parts: "/" + "/".join(parts))


@holds_for(HOSTS, PATHS, st.sampled_from(["", "?a=1", "?b=2&a=1"]), light=150)
def test_equal_addresses_have_one_key(name, path, query):
    once = addresses.canonical(f"https://{name}{path}{query}")
    marked = f"{query}&utm_source=x" if query else "?utm_source=x"
    written = (f"https://{name.upper()}:443{path}{query}", f"HTTP://{name}:80{path}{query}", f"https://{name}.{path}{query}#part")
    assert once is not None
    assert {addresses.canonical(one) for one in (*written, f" https://{name}{path}{marked}\n")} == {once}
    assert addresses.canonical(f"//{name}{path}{query}", "https://other.example/x") == once


SHOWN = st.from_regex(r"https://a\.example/[a-z0-9_,%/.]{0,20}[a-z]", fullmatch=True)


@holds_for(st.lists(st.tuples(SHOWN, st.integers(1, 9999)), max_size=5), light=100)
def test_a_srcset_gives_back_what_was_written(candidates):
    assert addresses.srcset(", ".join(f"{url} {width}w" for url, width in candidates)) == candidates


@holds_for(st.text(), st.text(), light=150)
def test_a_redirect_leads_somewhere_whatever_it_says(url, location):
    target = addresses.redirect_target("https://a.example/x", location)
    assert isinstance(target, str)
    assert isinstance(addresses.redirect_target(url, location), str)


def test_origin_and_host() -> None:
    assert addresses.origin("http://Example.com:8080/a") == "https://example.com:8080"
    assert addresses.host("http://Example.com:8080/a") == "example.com"
    assert addresses.origin("mailto:a@b.example") == addresses.host("nothing") == ""


@pytest.mark.parametrize(
    "written",
    [
        f"https://substackcdn.com/image/fetch/$s_!UnhP!,w_1456,c_limit,f_auto,q_auto:good,fl_progressive:steep/{ENCODED}",
        f"https://substackcdn.com/image/fetch/w_424,c_limit/{UPLOAD}",
        f"https://substackcdn.com/image/fetch/w_80/https%3A%2F%2Fsubstackcdn.com%2Fimage%2Ffetch%2Fw_40%2F{ENCODED.replace('%', '%25')}",
        UPLOAD,
    ],
)
def test_the_original_behind_the_proxy(written: str) -> None:
    assert addresses.unwrap_image(written) == (UPLOAD, 326, 448)
    assert addresses.image_key(written) == f"substack:{UUID}"


def test_other_pictures_keep_their_address_and_tell_no_size() -> None:
    assert addresses.unwrap_image("https://example.com/a_100x200.jpg") == ("https://example.com/a_100x200.jpg", None, None)
    assert addresses.image_key("https://example.com/a.jpg") is None


def test_a_pins_picture_has_one_key_at_every_size() -> None:
    address = addresses.pin_image(SIGNATURE)
    assert address == f"https://i.pinimg.com/736x/9d/29/ae/{SIGNATURE}.jpg"
    assert addresses.image_key(address) == addresses.image_key(address.replace("736x", "236x")) == f"pinterest:{SIGNATURE}"
    assert addresses.is_signature(SIGNATURE)
    assert not addresses.is_signature("../" + SIGNATURE)


def test_srcset_with_commas_in_addresses() -> None:
    text = "https://cdn.example/w_424,c_limit/a.jpg 424w, https://cdn.example/w_848,c_limit/a.jpg 848w, b.jpg 2x"
    assert addresses.srcset(text) == [
        ("https://cdn.example/w_424,c_limit/a.jpg", 424), ("https://cdn.example/w_848,c_limit/a.jpg", 848), ("b.jpg", 0),
    ]  # fmt: skip
