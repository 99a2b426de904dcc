"""The encoding proposed for bytes that are not UTF-8, and the effects of a wrong one."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from ghep.data.check import check
from ghep.data.sources import read
from ghep.data.text.encodings import example_in, likely_encoding
from ghep.data.text.loader import is_utf8_after_all, load_text
from ghep.errors import BadText, DataError
from ghep.types import Finding

VIETNAMESE = "chưa áp dụng công nghệ thông tin và các thiết bị hỗ trợ cho việc giảng dạy"
CHINESE = "房间设施总体还行，服务员态度很好，早餐不错，下次还会来这里住。"
SENTENCES = {
    "fr": "Très bien, garçon. L'été à la forêt : une idée naïve, créée à Noël.",
    "de": "Die Straße ist schön, Äpfel und Öl sind überall süß.",
    "pt": "As lições não são fáceis, mas põe o coração nas informações.",
    "it": "Perché è così bella la città? Lunedì farò di più.",
    "typography": "It’s a “great” film — don’t miss it… really, for 5 €.",
    "pl": "Zażółć gęślą jaźń, być może świetny początek.",
    "ru": "Привет, как дела? Очень хороший фильм.",
    "el": "Πολύ καλή ταινία, μου άρεσε",
    "tr": "Çok güzel bir film, ağaçlar ışıl ışıl, şarkılar çok hoş, teşekkürler.",
    "is": "Þetta er mjög góð mynd, það var gaman að sjá hana og ég mæli með því, þó að hún sé löng.",
    "he": "הסרט הזה היה טוב מאוד, השחקנים מצוינים ואני ממליץ לכולם לראות אותו",
    "ar": "هذا الفيلم جميل جدا والممثلون رائعون وأنصح الجميع بمشاهدته",
    "th": "หนังเรื่องนี้ ดีมาก, นักแสดงเล่นได้ดี อยากดูอีกครั้ง",
    "euro": "Un œuvre à 5 €, du cœur : très bien.",
    "hu": "Az őrült tűzoltó fűtött, jó főnök, szörnyű hősök nélkül.",
    "et": "Väga hea film, õhtul žanr šokk, kohutav ei üle, tšekk ja öö.",
    "lt": "Labai geras filmas, žiūrėjau su šeima, ačiū, būtinai pažiūrėkite dar kartą, įdomu.",
    "lv": "Ļoti laba filma, skatījos ar ģimeni, paldies, noteikti jāskatās vēlreiz, šķiet, īsi, žēl.",
    "hr": "Vrlo dobar film, preporučujem svima, šteta što već završava, đaci, žao mi je, čudo.",
    "sv": "En mycket bra film, jag älskade den från början till slutet, så rolig, öppen.",
    "da": "Rigtig god film, jeg så den på biografen, æblet var rødt.",
    "es": "¿Qué película es esta? ¡Muy buena, señor! Está aquí.",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "zh": CHINESE,
    "zh-hant": "這部電影非常好看，演員的表現很棒，下次還會再看一次。",
    "ja": "この映画はとても面白かったです。もう一度見たい。",
    "ko": "이 영화는 정말 재미있었어요. 다시 보고 싶다.",
}


def cp1258(text: str) -> bytes:
    """Return Vietnamese as in cp1258: tone marks follow their vowel."""
    written = b""
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        tones = "".join(part for part in parts[1:] if part in "\u0300\u0301\u0303\u0309\u0323")
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        written += (char if len(parts) == 1 else letter + tones).encode("cp1258")
    return written


@pytest.mark.parametrize(
    ("language", "encoding", "likely"),
    [
        ("fr", "latin-1", "latin-1"),
        ("fr", "mac-roman", "mac-roman"),
        ("fr", "cp850", "cp850"),
        ("de", "cp1252", "latin-1"),
        ("pt", "cp1252", "latin-1"),
        ("it", "cp1252", "latin-1"),
        ("typography", "cp1252", "cp1252"),
        ("hu", "cp1250", "cp1250"),
        ("hu", "iso8859-2", "cp1250"),
        ("et", "cp1257", "cp1257"),
        ("lt", "cp1257", "cp1257"),
        ("lv", "cp1257", "cp1257"),
        ("hr", "cp1250", "cp1250"),
        ("sv", "cp1252", "latin-1"),
        ("da", "cp1252", "latin-1"),
        ("es", "cp1252", "latin-1"),
        ("es", "mac-roman", "mac-roman"),
        ("cs", "cp1250", "cp1250"),
        ("ru", "cp866", "cp866"),
        ("fr", "utf-32", "utf-32"),
        ("ru", "utf-32", "utf-32"),
        ("fr", "utf-32-le", "utf-32-le"),
        ("fr", "utf-32-be", "utf-32-be"),
        ("pl", "cp1250", "cp1250"),
        ("ru", "cp1251", "cp1251"),
        ("ru", "koi8-r", "koi8-r"),
        ("el", "cp1253", "cp1253"),
        ("pl", "iso8859-2", "iso8859-2"),
        ("euro", "iso8859-15", "iso8859-15"),
        ("tr", "cp1254", "cp1254"),
        ("is", "cp1252", "latin-1"),
        ("he", "cp1255", "cp1255"),
        ("ar", "cp1256", "cp1256"),
        ("th", "cp874", "cp874"),
        ("zh", "gb18030", "gb18030"),
        ("zh-hant", "big5", "big5"),
        ("ja", "shift-jis", "shift-jis"),
        ("ja", "euc-jp", "euc-jp"),
        ("ko", "euc-kr", "euc-kr"),
        ("fr", "utf-16", "utf-16"),
        ("fr", "utf-16-le", "utf-16-le"),
        ("fr", "utf-16-be", "utf-16-be"),
    ],
)
def test_the_likely_encoding(language: str, encoding: str, likely: str) -> None:
    data = SENTENCES[language].encode(encoding)
    assert likely_encoding(data) == likely and data.decode(likely).removeprefix("\ufeff") == SENTENCES[language]


def test_single_byte_vietnamese() -> None:
    assert likely_encoding(cp1258(VIETNAMESE)) == "cp1258"


def test_any_bytes_have_a_likely_encoding() -> None:
    for data in (b"\xff", b"\x81\x8d\xfe", bytes(range(128, 256)), b"a\xccb", b"\xe9\n" * 10):
        assert "".encode(likely_encoding(data)) is not None and isinstance(example_in(data, 0, "cp1252"), str)


@pytest.mark.parametrize(
    ("data", "encoding", "word"),
    [
        ("text,label\nvery “good” film,a\n".encode("cp1252"), "cp1252", "“good”"),
        ("text,label\ntrès bien,a\n".encode("latin-1"), "latin-1", "très"),
        (b"text,label\n" + cp1258("dạy cho việc này") + b",a\n", "cp1258", "dạy"),
        (f"text,label\nÇok {SENTENCES['tr']},a\n".replace(", ", " ").encode("cp1254"), "cp1254", "ağaçlar"),
        (("text,label\n" + CHINESE + ",a\n").encode("gb18030"), "gb18030", CHINESE[:5]),
    ],
)
def test_a_table_that_is_not_utf8_names_its_likely_encoding(
    data: bytes, encoding: str, word: str, tmp_path: Path
) -> None:
    (tmp_path / "d.csv").write_bytes(data)
    with pytest.raises(DataError, match=f"d.csv, line 2: byte 0x.. is not UTF-8; it looks like {encoding}") as caught:
        read(tmp_path / "d.csv")
    assert word in unicodedata.normalize("NFC", caught.value.cause)
    assert caught.value.remedy.startswith(f"name it: --encoding {encoding} ")
    assert len(read(tmp_path / "d.csv", encoding=encoding).examples) == 1


def test_a_folder_of_texts_in_another_encoding_names_the_option(tmp_path: Path) -> None:
    for at in range(24):
        path = tmp_path / "ab"[at % 2] / f"{at}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"un “très” bon film {at}".encode("cp1252"))
    with pytest.raises(DataError, match="24 of 24 texts cannot be used: 24 not-utf-8") as caught:
        check(tmp_path)
    assert "name their encoding with --encoding" in caught.value.remedy
    assert "it looks like cp1252, which reads '“très”'" in caught.value.cause
    assert len(check(tmp_path, encoding="cp1252").dataset) == 24


def test_a_few_texts_in_another_encoding_are_set_aside_with_a_remedy(tmp_path: Path) -> None:
    for at in range(24):
        path = tmp_path / "ab"[at % 2] / f"{at}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"un très bon film {at}".encode("utf-8" if at else "cp1252"))
    found = findings(tmp_path)["quarantined"]
    assert "--encoding" in found.remedy and "it looks like latin-1, which reads 'très'" in found.items[0]


def test_utf8_is_not_read_as_anything_else(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text,label\ntrès bien,a\nnul,b\n", encoding="utf-8")
    for encoding in ("latin-1", "cp1252", "cp1258", "mac-roman"):
        with pytest.raises(DataError, match=r"d.csv is UTF-8; read as") as caught:
            read(tmp_path / "d.csv", encoding=encoding)
        assert caught.value.remedy.startswith("leave out --encoding")
    assert len(read(tmp_path / "d.csv", encoding="utf-8-sig").examples) == 2
    assert not is_utf8_after_all("联通".encode("gb18030"), "gb18030")  # valid UTF-8 by chance
    assert is_utf8_after_all((CHINESE * 2).encode(), "gb18030")


def test_a_text_in_utf8_among_others_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").write_text("très bien", encoding="utf-8")
    (tmp_path / "a" / "2.txt").write_text("très bien", encoding="latin-1")
    first, second = (one.raw for one in read(tmp_path, encoding="latin-1").examples)
    with pytest.raises(BadText, match="wrong-encoding: it is UTF-8, not iso8859-1"):
        load_text(first)
    assert load_text(second) == "très bien"


def findings(path: Path, encoding: str | None = None) -> dict[str, Finding]:
    return {one.code: one for one in check(path, encoding=encoding).findings}


def test_mojibake_in_the_data_is_not_blamed_on_the_encoding(tmp_path: Path) -> None:
    rows = "\n".join(f"un trÃ¨s bon film {at},{'ab'[at % 2]}" for at in range(40))
    (tmp_path / "d.csv").write_text(f"text,label\n{rows}\n", encoding="utf-8")
    found = findings(tmp_path / "d.csv")["mojibake"]
    assert "before it was saved" in found.message and "--encoding" not in found.remedy


def test_control_characters_of_cp1252_are_a_finding(tmp_path: Path) -> None:
    rows = "\n".join(f"it’s good “{at}”,{'ab'[at % 2]}" for at in range(40))
    (tmp_path / "d.csv").write_bytes(f"text,label\n{rows}\n".encode("cp1252"))
    found = findings(tmp_path / "d.csv", "latin-1")["control-characters"]
    assert found.severity == "warning" and found.message.startswith("40 texts") and "cp1252" in found.remedy
    assert "control-characters" not in findings(tmp_path / "d.csv", "cp1252")


@pytest.mark.parametrize(
    ("sentence", "encoding", "named", "likelier"),
    [
        (VIETNAMESE, "cp1258", "cp1252", "cp1258"),
        (SENTENCES["ru"], "cp1251", "latin-1", "cp1251"),
        (SENTENCES["zh"], "gb18030", "latin-1", "gb18030"),
        (SENTENCES["fr"], "mac-roman", "latin-1", "mac-roman"),
        (SENTENCES["hu"], "cp1250", "latin-1", "cp1250"),
        (SENTENCES["et"], "cp1257", "latin-1", "cp1257"),
        (SENTENCES["lt"], "cp1257", "cp1252", "cp1257"),
        (SENTENCES["hr"], "cp1250", "cp1252", "cp1250"),
        (SENTENCES["ru"], "cp866", "mac-roman", "cp866"),
        ("a film about Łódź", "cp1250", "mac-roman", "cp1250"),
        (SENTENCES["fr"], "cp1252", "latin-1", None),
        (SENTENCES["sv"], "cp1252", "cp1252", None),
        (SENTENCES["hu"], "cp1250", "cp1250", None),
        (SENTENCES["hu"], "cp1250", "iso8859-2", None),
        (SENTENCES["pl"], "cp1250", "iso8859-2", None),
        (SENTENCES["ru"], "koi8-r", "koi8-r", None),
        (SENTENCES["de"], "cp1252", "cp1252", None),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250", "cp1250", None),
        ("Çok güzel bir film, ağaçlar ışıl ışıl, şarkılar çok hoş", "cp1254", "cp1254", None),
        (SENTENCES["zh"], "gb18030", "gb18030", None),
    ],
)
def test_an_unlikely_given_encoding_is_doubted(
    sentence: str, encoding: str, named: str, likelier: str | None, tmp_path: Path
) -> None:
    data = cp1258(sentence) if encoding == "cp1258" else sentence.encode(encoding, "ignore")
    (tmp_path / "d.csv").write_bytes(b"text,label\n" + b"\n".join([b'"' + data + b'",a'] * 9))
    found = [one for one in read(tmp_path / "d.csv", encoding=named).findings if one.code == "encoding-doubtful"]
    found = [one for one in found if one.severity != "info"]
    assert [one.remedy for one in found] == ([f"if that is right, give --encoding {likelier}"] if likelier else [])


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac-roman"])
def test_lines_that_are_not_utf8_in_a_utf8_table_are_reported(encoding: str, tmp_path: Path) -> None:
    rows = [
        f"un café à Zürich {at},{'ab'[at % 2]}\n".encode("latin-1" if at in (5, 8) else "utf-8") for at in range(20)
    ]
    (tmp_path / "d.csv").write_bytes(b"text,label\n" + b"".join(rows))
    expected = r"d\.csv is UTF-8 except for lines 7, 10, which look like latin-1: line 7 then reads 'café'"
    with pytest.raises(DataError, match=expected) as refused:
        read(tmp_path / "d.csv")
    assert "--encoding" not in refused.value.remedy
    assert "sed -n 7p d.csv | iconv -f ISO-8859-1 -t utf-8" in refused.value.remedy
    findings = {one.code: one for one in read(tmp_path / "d.csv", encoding=encoding).findings}
    with pytest.raises(DataError, match=expected):
        read(tmp_path / "d.csv", encoding="gb18030")  # in which the bytes are invalid too
    assert "18 lines of d.csv are UTF-8" in findings["encoding-doubtful"].message


def test_zero_bytes_in_a_table_do_not_count_as_utf_16(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"text,label\na good film,a\na \0bad film,b\n")
    with pytest.raises(DataError, match=r"d\.csv, line 3: a zero byte") as refused:
        read(tmp_path / "d.csv")
    assert "tr -d '\\000' < d.csv" in refused.value.remedy


@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_a_chinese_table_in_its_own_encoding_is_not_doubted(encoding: str, tmp_path: Path) -> None:
    rows = "".join(f"{CHINESE[at : at + 5]},{'ab'[at % 2]}\n" for at in range(20))
    (tmp_path / "d.csv").write_bytes(f"text,label\n{rows}".encode(encoding))
    assert "encoding-doubtful" not in {one.code for one in read(tmp_path / "d.csv", encoding=encoding).findings}
    with pytest.raises(DataError, match="looks like gb18030"):
        read(tmp_path / "d.csv")


@pytest.mark.parametrize(
    ("word", "encoding", "first", "also"),
    [
        ("Łódź", "cp1250", "looks like cp1250, which reads 'Łódź'", ""),
        ("très", "cp1252", "looks like latin-1, which reads 'très'", "cp1250 reads 'trčs'"),
        ("Привет", "cp866", "looks like cp866, which reads 'Привет'", ""),
    ],
)
def test_a_single_word_is_thin_evidence_and_other_readings_are_shown(
    word: str, encoding: str, first: str, also: str, tmp_path: Path
) -> None:
    rows = [f"an english text of number {at} {word * (at == 5)},{'ab'[at % 2]}\n" for at in range(20)]
    (tmp_path / "d.csv").write_bytes(("text,label\n" + "".join(rows)).encode(encoding))
    with pytest.raises(DataError) as refused:
        read(tmp_path / "d.csv")
    assert first in refused.value.cause and also in refused.value.cause
    assert not set("£•≠∂†¤") & set(refused.value.cause)


def test_thin_evidence_is_reported_for_a_given_encoding(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes("text,label\ntrès bien,a\nmal,b\n".encode("latin-1"))
    (found,) = [one for one in read(tmp_path / "d.csv", encoding="latin-1").findings if one.code == "encoding-doubtful"]
    assert found.severity == "info" and "'très'" in found.message and "cp1250 reads 'trčs'" in found.message
    (tmp_path / "d.csv").write_bytes(f"text,label\n{SENTENCES['fr'].replace(',', '')},a\n".encode("latin-1"))
    found_ = {one.code for one in read(tmp_path / "d.csv", encoding="latin-1").findings}
    assert "encoding-doubtful" not in found_


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-16", "utf-16-be"])
def test_utf_32_is_recognised_and_can_be_read(encoding: str, tmp_path: Path) -> None:
    data = "text,label\ntrès bien,a\nmal,b\n".encode(encoding)
    (tmp_path / "d.csv").write_bytes(data)
    with pytest.raises(DataError, match=f"looks like {encoding.upper()[:6]}") as refused:
        read(tmp_path / "d.csv")
    assert refused.value.remedy.startswith(f"name it: --encoding {encoding} ")
    assert f"iconv -f {encoding.upper().replace('-LE', 'LE').replace('-BE', 'BE')} -t" in refused.value.remedy
    assert len(read(tmp_path / "d.csv", encoding=encoding).examples) == 2
    with pytest.raises(DataError) as other:
        read(tmp_path / "d.csv", encoding="latin-1")
    assert f"--encoding {encoding}" in other.value.remedy


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "ISO-8859-1"), ("mac-roman", "MACINTOSH"), ("cp1253", "cp1253")]
)
def test_a_command_with_iconv_uses_its_names(encoding: str, name: str, tmp_path: Path) -> None:
    sentence = SENTENCES["el" if encoding == "cp1253" else "fr"].replace(",", " ")
    (tmp_path / "d.csv").write_bytes(f"text,label\n{sentence},a\n".encode(encoding))
    with pytest.raises(DataError) as refused:
        read(tmp_path / "d.csv")
    assert f"--encoding {encoding} " in refused.value.remedy and f"iconv -f {name} -t utf-8" in refused.value.remedy


@pytest.mark.parametrize(
    "text", ["Отличный фильм, всем советую", "Ужасный сервис, больше не приду", "Дуже гарна книга"]
)
def test_cyrillic_mojibake_in_the_data_is_a_finding(text: str, tmp_path: Path) -> None:
    for wrong in (text.encode().decode("cp1251", "replace"), text.encode().decode("latin-1")):
        rows = "\n".join(f'"{wrong} {at}",{"ab"[at % 2]}' for at in range(40))
        (tmp_path / "d.csv").write_text(f"text,label\n{rows}\n", encoding="utf-8")
        assert "mojibake" in findings(tmp_path / "d.csv")
        rows = "\n".join(f'"{text} {at}",{"ab"[at % 2]}' for at in range(40))
        (tmp_path / "d.csv").write_text(f"text,label\n{rows}\n", encoding="utf-8")
        assert "mojibake" not in findings(tmp_path / "d.csv")


@pytest.mark.parametrize(
    "text", ["Сёмга и Рёбра", "Січ Рік Рідний Січень", "СССР РФ «США» СМС", "РПЦ и СПб", "Ріг, Січ, Рік"]
)
def test_cyrillic_words_are_not_mojibake(text: str, tmp_path: Path) -> None:
    rows = "\n".join(f'"{text} {at}",{"ab"[at % 2]}' for at in range(40))
    (tmp_path / "d.csv").write_text(f"text,label\n{rows}\n", encoding="utf-8")
    assert "mojibake" not in findings(tmp_path / "d.csv")


def test_two_byte_order_marks_are_not_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("\ufeff\ufefftext,label\na film,a\nmal,b\n", encoding="utf-8")
    assert read(tmp_path / "d.csv").columns["text_column"] == "text"
