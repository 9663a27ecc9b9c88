# ruff: noqa: E501, E402  (tables of labels read best in long lines; the thread limit goes before numpy)
"""Train the model that reads a need in words, and measure it.

    EVENHAND_DATA=… .venv/bin/python tools/train_triage.py             writes src/evenhand/care/triage/needs.npz
    EVENHAND_DATA=… .venv/bin/python tools/train_triage.py --report    measures the model that is there
    EVENHAND_DATA=… .venv/bin/python tools/train_triage.py --by-seed   trains without a fifth of the seeds, measures on it

The same files give the same model. Texts of other people are read where they lie; only weights and our own examples
are kept in the repository (ATTRIBUTION.md names whose texts they were). scikit-learn is needed here and nowhere else.
"""

import argparse
import csv
import gzip
import io
import json
import os
import random
import re
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from evenhand.care.triage import markings, reading
from evenhand.care.triage.model import NEEDS, NO_NEED, NOTHING, ROWS, WORD_BITS, Model, divisor, rows_of, sentences
from evenhand.care.triage.rules.danger import RULES
from evenhand.care.triage.spelling import Spelling

OWN = ROOT / "tools" / "triage_texts"
WORD_VECTORS = ROOT / "tools" / "word_vectors.npz"  # by embed_words.py
HELD_BACK = OWN / "held_back.tsv"

KINDS = (*NEEDS, "none")  # "none": a sentence that carries no need
assert KINDS[NO_NEED] == "none"

# How often each need is met where nothing else is known: what the probabilities are calibrated to.
PRIOR = {"danger": 0.1, "deadline": 0.07, "shut-out": 0.13, "money": 0.2, "wrong": 0.22, "question": 0.18, "view": 0.07, "thanks": 0.07, "none": 0.2}  # fmt: skip

# How much our own examples, others' short texts and the long complaints count beside each other within a need.
SHARE = {"own": 60, "short": 20, "long": 20}
SHARE_OF = {"own": "own", "cfpb": "long"}

# --- which need stands behind another's label; labels that stand for several needs are left out -----------------------
BANKING77 = {
    "shut-out": "passcode_forgotten pin_blocked lost_or_stolen_phone unable_to_verify_identity compromised_card lost_or_stolen_card card_swallowed",
    "money": """Refund_not_showing_up balance_not_updated_after_bank_transfer balance_not_updated_after_cheque_or_cash_deposit
        card_payment_fee_charged card_payment_not_recognised card_payment_wrong_exchange_rate cash_withdrawal_charge
        cash_withdrawal_not_recognised direct_debit_payment_not_recognised extra_charge_on_statement pending_cash_withdrawal
        request_refund reverted_card_payment? top_up_by_bank_transfer_charge top_up_reverted transaction_charged_twice
        transfer_fee_charged transfer_not_received_by_recipient wrong_amount_of_cash_received
        wrong_exchange_rate_for_cash_withdrawal pending_card_payment""",
    "wrong": "card_not_working contactless_not_working virtual_card_not_working declined_card_payment declined_cash_withdrawal declined_transfer failed_transfer top_up_failed card_arrival beneficiary_not_allowed",
    "question": """activate_my_card age_limit apple_pay_or_google_pay atm_support automatic_top_up card_about_to_expire card_acceptance
        card_delivery_estimate card_linking change_pin country_support disposable_card_limits edit_personal_details exchange_charge
        exchange_rate exchange_via_app fiat_currency_support get_disposable_virtual_card get_physical_card getting_spare_card
        getting_virtual_card order_physical_card receiving_money supported_cards_and_currencies terminate_account
        top_up_by_cash_or_cheque top_up_limits topping_up_by_card transfer_into_account transfer_timing verify_my_identity
        verify_source_of_funds verify_top_up visa_or_mastercard why_verify_identity""",
}  # fmt: skip
CLINC150 = {
    "shut-out": "account_blocked report_lost_card",
    "money": "report_fraud",
    "wrong": "card_declined damaged_card lost_luggage",
    "question": """directions distance gas gas_type last_maintenance mpg oil_change_how oil_change_when schedule_maintenance tire_change
        tire_pressure traffic balance bill_balance bill_due interest_rate min_payment order_checks pay_bill routing spending_history
        transactions transfer application_status apr credit_limit credit_limit_change credit_score expiration_date improve_credit_score
        international_fees new_card redeem_rewards replacement_card_duration rewards_balance book_flight book_hotel car_rental carry_on
        exchange_rate flight_status international_visa plug_type timezone translate travel_alert travel_notification travel_suggestion
        vaccines definition weather date time make_call text alarm timer""",
}  # fmt: skip
HWU64 = {
    "question": """cooking_recipe email_addcontact email_query email_querycontact email_sendemail iot_cleaning iot_hue_lightdim
        iot_hue_lightoff iot_wemo_off iot_wemo_on recommendation_events recommendation_locations recommendation_movies takeaway_order
        takeaway_query weather_query"""
}  # fmt: skip
CFPB_ISSUES = {
    "wrong": (
        "Incorrect information on your report", "Incorrect information on credit report", "Improper use of your report",
        "Problem with a credit reporting company's investigation into an existing problem", "Written notification about debt",
        "Took or threatened to take negative or legal action", "Communication tactics", "False statements or representation",
        "Problem with fraud alerts or security freezes", "Credit monitoring or identity theft protection services",
        "Disclosure verification of debt", "Dealing with your lender or servicer", "Closing on a mortgage",
        "Threatened to contact someone or share information improperly", "Trouble using your card",
    ),
    "money": (
        "Attempts to collect debt not owed", "Cont'd attempts collect debt not owed", "Trouble during payment process",
        "Struggling to pay mortgage", "Problem with a purchase shown on your statement", "Fees or interest", "Managing an account",
        "Loan servicing, payments, escrow account", "Problem when making payments", "Managing the loan or lease",
        "Charged fees or interest you didn't expect", "Struggling to repay your loan", "Problem caused by your funds being low",
        "Fraud or scam", "Struggling to pay your loan", "Problem with a lender or other company charging your account",
        "Other transaction problem", "Money was not available when promised", "Unexpected or other fees", "Billing disputes",
    ),
    "shut-out": ("Unable to get your credit report or credit score", "Unable to get credit report/credit score"),
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """group: examples of one group are never parted between training and measuring. source: whose words."""

    words: str
    need: str
    language: str
    group: str
    source: str


def data_folder() -> Path:
    folder = Path(os.environ.get("EVENHAND_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "cfpb").is_dir():
        sys.exit(
            f"EVENHAND_DATA names {folder}, which holds no cfpb folder. Set it to the folder with the labelled texts."
        )
    return folder


def _csv(path: Path) -> Iterator[dict[str, str]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    yield from csv.DictReader(io.StringIO(text, newline=""))


def _needs(table: dict[str, str]) -> dict[str, str]:
    return {label: need for need, labels in table.items() for label in labels.split()}


def narratives(data: Path) -> list[dict[str, str]]:
    """All CFPB complaints with a narrative, in both spellings that have any."""
    files = ("cfpb_2015_2020.csv.gz", "cfpb_random_2011_2020.csv")
    rows = [row for name in files for row in _csv(data / "cfpb" / name)]
    return [row for row in rows if row["Consumer complaint narrative"].strip()]


def _of_nlupp(intents: Sequence[str]) -> str | None:
    said = set(intents)
    if not said:
        return None
    if "lost_stolen" in said:
        return "shut-out"
    if said & {"refund", "wrong_notworking_notshowing"}:
        return (
            "money"
            if said & {"refund", "transfer_payment_deposit", "direct_debit", "fees_interests", "overdraft", "balance"}
            else "wrong"
        )
    if said <= {"thank", "acknowledge", "affirm", "end_call"} and "thank" in said:
        return "thanks"
    if said & {"how", "why", "when", "how_much", "how_long", "request_info"}:
        return "question"
    return None


def borrowed(data: Path) -> list[Example]:
    """Labelled texts of others, with the need that stands behind each label."""
    found: list[Example] = []
    for name, path, column, table in (
        ("banking77", "banking77/banking77_train.csv", "category", BANKING77),
        ("clinc150", "clinc150/clinc150_five_domains.csv", "intent", CLINC150),
        ("hwu64", "hwu64/hwu64.csv", "intent", HWU64),
    ):
        needs = _needs(table)
        for row in _csv(data / path):
            if need := needs.get(row[column]):
                found.append(Example(row["text"], need, "en", f"{name} {row['text'].lower()}", name))
    for line in (data / "nlupp" / "nlupp_banking.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if need := _of_nlupp(row.get("intents", ())):
            found.append(Example(row["text"], need, "en", f"nlupp {row['text'].lower()}", "nlupp"))
    issues = {issue: need for need, names in CFPB_ISSUES.items() for issue in names}
    for row in narratives(data):
        if need := issues.get(row["Issue"]):
            words = row["Consumer complaint narrative"]
            found.append(Example(words, need, "en", f"cfpb {row['Complaint ID']}", "cfpb"))
            if len(words) > 500:  # people write shorter than to a bureau
                found.append(Example(words[:300], need, "en", f"cfpb {row['Complaint ID']}", "cfpb"))
    return found


# --- our own examples -------------------------------------------------------------------------------------------------
def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def seeds() -> list[Example]:
    found = []
    for need in NEEDS:
        for line in _lines(OWN / f"{need}.txt"):
            language, words = line.split(": ", 1)
            found.append(Example(words, need, language, f"own {need} {words}", "own"))
    return found


def without_need() -> list[Example]:
    """Sentences that carry no need, for the model to know and set aside; {day} is the only slot they have."""
    found = []
    for language, sentences_of in in_company().items():
        for words in sentences_of:
            for day in _slots()["day"] if "{day}" in words else [""]:
                filled = words.replace("{day}", day)
                found.append(Example(filled, "none", language, f"own none {words}", "own"))
                chance = random.Random(zlib.crc32(filled.encode()))
                found += [
                    Example(mistyped(filled, chance), "none", language, f"own none {words}", "own") for _ in range(2)
                ]
    return found


def _slots() -> dict[str, list[str]]:
    return {name: words.split("|") for name, words in (line.split(": ", 1) for line in _lines(OWN / "slots.txt"))}


_NEAR_KEYS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuiopqsdfghjklaxcvbnmz", strict=True))


def mistyped(words: str, chance: random.Random, share: float = 0.06) -> str:
    """Some letters dropped, doubled, swapped or hit beside: as on a telephone in a hurry."""
    out: list[str] = []
    letters = list(words)
    at = 0
    while at < len(letters):
        letter = letters[at]
        if letter.isalpha() and chance.random() < share:
            kind = chance.randrange(4)
            if kind == 1:
                out += [letter, letter]
            elif kind == 2 and at + 1 < len(letters):
                out += [letters[at + 1], letter]
                at += 1
            elif kind == 3:
                out.append(_NEAR_KEYS.get(letter.lower(), letter))
        else:
            out.append(letter)
        at += 1
    return "".join(out)


def in_company() -> dict[str, list[str]]:
    found = defaultdict(list)
    for line in _lines(OWN / "company.txt"):
        language, words = line.split(": ", 1)
        found[language].append(words)
    return found


def accompanied(words: str, company: Sequence[str], chance: random.Random) -> str:
    """Up to three sentences that carry no need, before or after."""
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3))):
        words = f"{chance.choice(company)} {words}" if chance.random() < 0.5 else f"{words}. {chance.choice(company)}"
    return words


def grown(chosen: Sequence[Example], times: int = 24) -> list[Example]:
    """Each seed with its slots filled, alone and in company, cleanly typed and not. The chance is the seed's own, so that
    one more seed changes no other's examples."""
    slots = _slots()
    company = in_company()
    lesser = defaultdict(list)  # an urgent need is often one sentence among others
    for seed in chosen:
        if seed.need in ("money", "wrong", "question", "view"):
            lesser[seed.language].append(seed.words)
    found = []
    for seed in chosen:
        chance = random.Random(zlib.crc32(seed.group.encode()))

        def filled(words: str, chance: random.Random = chance) -> str:
            while "{" in words:  # what fills a slot may have one of its own
                words = re.sub(r"\{(\w+)\}", lambda slot: chance.choice(slots[slot[1]]), words)
            return words

        for turn in range(times):
            words = filled(seed.words)
            if turn >= 3:
                if seed.need in ("danger", "deadline", "shut-out") and chance.random() < 0.2:
                    other = chance.choice(lesser[seed.language])
                    words = f"{other}. {words}" if chance.random() < 0.5 else f"{words}. {other}"
                words = filled(accompanied(words, company[seed.language], chance))
                if chance.random() < 0.4:
                    words = mistyped(words, chance)
            found.append(Example(words, seed.need, seed.language, seed.group, "own"))
    return found


def varied(chosen: Sequence[Example]) -> list[Example]:
    """A second form of others' short texts: in company, and mistyped now and then."""
    company = [words for words in in_company()["en"] if "{" not in words]
    found = []
    for each in chosen:
        if len(each.words) < 300:
            chance = random.Random(zlib.crc32(each.group.encode()))
            words = accompanied(each.words, company, chance)
            words = mistyped(words, chance) if chance.random() < 0.4 else words
            found.append(Example(words, each.need, each.language, each.group, each.source))
    return found


STRENGTH = 0.5  # of the fit: the inverse of its regularisation
WEIGHT_OF_RUNS = 1.5
MEANING = 10.0  # how much what a word means counts beside the word itself


# --- training ---------------------------------------------------------------------------------------------------------
class Reader(NamedTuple):
    """As much of a model as `reading.plainly` needs."""

    spelling: Spelling


def known_words() -> list[str]:
    with np.load(WORD_VECTORS, allow_pickle=False) as kept:
        return str(kept["words"]).split("\n")


@cache
def spelling_lists() -> tuple[list[str], list[str]]:
    """Words that are words; and the words of our own examples and rules, the most used first."""
    used: Counter[str] = Counter()
    for path in sorted(OWN.glob("*.txt")):
        text = markings.fold(re.sub(r"\{\w+\}", " ", path.read_text(encoding="utf-8")))
        used.update(markings.WORD.findall(text))
    used.update({word: 1 for rule in RULES for word in rule.gate})
    common = sorted(used, key=lambda word: (-used[word], word))
    return known_words(), common


@cache
def spelling() -> Spelling:
    return Spelling(*spelling_lists())


def table_of(words: Sequence[str]) -> sparse.csr_matrix:
    """Counts of features over `divisor` of how many a text has. Shape (texts, ROWS)."""
    parts = []
    reader = Reader(spelling())
    for begin in range(0, len(words), 16):
        some = [sentences(reading.plainly(each, reader).matter) for each in words[begin : begin + 16]]
        found = rows_of([sentence for text in some for sentence in text])
        of = np.repeat(np.arange(len(some)), [len(text) for text in some])
        lengths = np.diff(found.starts, append=found.rows.shape[1])
        text = np.tile(np.repeat(of, lengths), len(found.rows))
        row = found.rows.ravel()
        real = row != NOTHING
        counts = np.bincount(of, weights=found.counts, minlength=len(some))
        value = (1 / divisor(counts))[text[real]].astype(np.float32)
        parts.append(sparse.csr_matrix((value, (text[real], row[real])), shape=(len(some), ROWS)))
    return sparse.vstack(parts, format="csr")


def weights_of(examples: Sequence[Example]) -> np.ndarray:
    """How much each example counts: needs by `PRIOR`, and within a need its sources by `SHARE`."""
    kinds = Counter((each.need, SHARE_OF.get(each.source, "short")) for each in examples)
    whole: Counter[str] = Counter()
    for need, source in kinds:
        whole[need] += SHARE[source]
    weight = {
        (need, source): PRIOR[need] * SHARE[source] / whole[need] / count for (need, source), count in kinds.items()
    }
    return np.array([weight[each.need, SHARE_OF.get(each.source, "short")] for each in examples]) * len(examples)


def meanings() -> np.ndarray:
    """What the words of each row mean: (1 << WORD_BITS, dimensions), zeros where no known word has that row."""
    with np.load(WORD_VECTORS, allow_pickle=False) as kept:
        words, vectors = str(kept["words"]).split("\n"), kept["vectors"] * float(kept["scale"])
    known = np.zeros((1 << WORD_BITS, vectors.shape[1]), dtype=np.float32)
    for begin in range(0, len(words), 1024):
        some = [f" {word} ".encode() for word in words[begin : begin + 1024]]
        found = rows_of(some)
        np.add.at(known, found.rows[3, found.starts + 1], vectors[begin : begin + 1024])
    return known


@dataclass
class Trained:
    coefficients: np.ndarray  # (ROWS, 9)
    bias: np.ndarray

    def logits(self, table: sparse.csr_matrix) -> np.ndarray:
        return np.asarray(table @ self.coefficients) + self.bias


def fit(
    examples: Sequence[Example], table: sparse.csr_matrix, strength: float, weight_of_meaning: float = MEANING
) -> Trained:
    often = np.asarray((table > 0).sum(axis=0)).ravel()
    size = np.where(often >= 2, np.sqrt(np.log((1 + len(examples)) / (1 + often))), 0.0).astype(np.float32)
    used = np.flatnonzero(size > 0)
    size[1 << WORD_BITS :] *= WEIGHT_OF_RUNS  # pairs and runs of letters, which bear a slip of the finger better
    part = table[:, used] @ sparse.diags(size[used])
    words = slice(0, 1 << WORD_BITS)
    # Words met everywhere say little; a word never met keeps its whole meaning.
    meaning = meanings() * (weight_of_meaning / (1 + often[words] / 300))[:, None].astype(np.float32)
    part = sparse.hstack([part, sparse.csr_matrix(table[:, words] @ meaning)], format="csr")
    learner = LogisticRegression(C=strength, max_iter=120, tol=1e-3)
    learner.fit(part, [KINDS.index(each.need) for each in examples], sample_weight=weights_of(examples))
    coefficients = np.zeros((ROWS, len(KINDS)), dtype=np.float64)
    coefficients[used] = (learner.coef_[:, : len(used)] * size[used]).T
    # The sum over words of what they mean, times weights, is a sum over words: it goes into the words' own rows.
    coefficients[words] += meaning @ learner.coef_[:, len(used) :].T
    return Trained(coefficients, np.asarray(learner.intercept_, dtype=np.float64))


def temperature_of(logits: np.ndarray, examples: Sequence[Example]) -> float:
    """The divisor of the logits under which the measured needs are likeliest (Guo et al. 2017)."""
    truth = np.array([KINDS.index(each.need) for each in examples])
    weight = weights_of(examples)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float(-(weight * (scaled[np.arange(len(truth)), truth] - np.log(np.exp(scaled).sum(axis=1)))).mean())

    return float(min(np.geomspace(0.3, 4.0, 120), key=loss))


@dataclass(frozen=True)
class Packed:
    """A model as it is kept in its file."""

    weights: np.ndarray
    scale: np.ndarray
    bias: np.ndarray

    @property
    def version(self) -> str:
        return f"{zlib.crc32(self.weights.tobytes() + self.scale.tobytes() + self.bias.tobytes()):08x}"

    def model(self) -> Model:
        return Model(self.weights, self.scale, self.bias, self.version, spelling())

    def keep(self, path: Path) -> None:
        known, common = (np.array(" ".join(words)) for words in spelling_lists())
        np.savez_compressed(
            path,
            weights=self.weights,
            scale=self.scale,
            bias=self.bias,
            version=np.array(self.version),
            known=known,
            common=common,
        )


def packed(trained: Trained, temperature: float) -> Packed:
    scale = np.abs(trained.coefficients).max(axis=0) / 127
    weights = np.zeros((ROWS + 1, len(KINDS)), dtype=np.int8)
    weights[:ROWS] = np.round(trained.coefficients / scale)
    return Packed(weights, scale / temperature, trained.bias / temperature)


def is_measured(example: Example) -> bool:
    """A fifth of the seeds and of each source's texts, by the group's own checksum."""
    return zlib.crc32(example.group.encode()) % 5 == 0


def train(data: Path, *, strength: float = STRENGTH, verbose: bool = True) -> tuple[Packed, Packed, list[Example]]:
    """The shipped model; the model that has not seen the measured fifth; and that fifth."""
    others = borrowed(data)
    seen = [each for each in others if not is_measured(each)]
    seen += varied(seen)
    own = seeds()
    examples = seen + grown([each for each in own if not is_measured(each)])
    nothing = without_need()
    examples += [each for each in nothing if not is_measured(each)]
    measured = [each for each in [*others, *nothing] if is_measured(each)] + grown(
        [each for each in own if is_measured(each)], times=6
    )
    clock = time.process_time()
    table, other_table = table_of([each.words for each in examples]), table_of([each.words for each in measured])
    first = fit(examples, table, strength)
    temperature = temperature_of(first.logits(other_table), measured)
    if verbose:
        print(
            f"{len(examples)} examples, {len(measured)} measured, temperature {temperature:.2f}, {time.process_time() - clock:.0f} CPU s"
        )
    last = fit(examples + measured, sparse.vstack([table, other_table], format="csr"), strength)
    return packed(last, temperature), packed(first, temperature), measured


# --- measuring --------------------------------------------------------------------------------------------------------
def kind(need: str) -> str:
    return "deadline" if need.startswith("deadline") else need


def scores(truth: Sequence[str], read: Sequence[str]) -> dict[str, tuple[float, float, float, int]]:
    """precision, recall, F1, count of each need."""
    found = {}
    for need in NEEDS:
        both = sum(t == need and r == need for t, r in zip(truth, read, strict=True))
        of_truth, of_read = truth.count(need) if isinstance(truth, list) else 0, list(read).count(need)
        precision, recall = both / max(of_read, 1), both / max(of_truth, 1)
        found[need] = (precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), of_truth)
    return found


def show(title: str, examples: Sequence[Example], misses: int = 0) -> None:
    judged = reading.read_all([(each.words, each.language, "") for each in examples])
    truth, read = [each.need for each in examples], [kind(each.need) for each in judged]
    table = scores(truth, read)
    present = [need for need in NEEDS if table[need][3]]
    print(
        f"\n{title}: {len(examples)} texts, macro-F1 {sum(table[n][2] for n in present) / len(present):.3f}, sure {np.mean([j.is_sure for j in judged]):.2f}, right where sure {np.mean([t == r for t, r, j in zip(truth, read, judged, strict=True) if j.is_sure] or [0]):.3f}"
    )
    for need in present:
        precision, recall, f1, count = table[need]
        print(f"  {need:10} precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f} of {count}")
    for each, judgement in zip(examples, judged, strict=True):
        if misses and kind(judgement.need) != each.need:
            print(
                f"    {each.need:9}→ {judgement.need:12} {judgement.rule or '-':20} {max(judgement.probabilities.values()):.2f} {each.words[:150]}"
            )
            misses -= 1


def held_back() -> list[Example]:
    found = []
    for line in _lines(HELD_BACK):
        need, language, words = line.split("\t", 2)
        found.append(Example(words, need, language, words, "held back"))
    return found


def show_complaints(data: Path, *, are_unseen: bool = False) -> None:
    """Which needs are read in the complaints; are_unseen: in those alone from which nothing was learnt."""
    issues = {issue for names in CFPB_ISSUES.values() for issue in names}
    rows = [
        row
        for row in narratives(data)
        if not are_unseen
        or row["Issue"] not in issues
        or is_measured(Example("", "", "", f"cfpb {row['Complaint ID']}", "cfpb"))
    ]
    judged = reading.read_all([(row["Consumer complaint narrative"], "en", "") for row in rows])
    needs = Counter(kind(each.need) for each in judged)
    print(
        f"\nCFPB narratives: {len(rows)}; "
        + ", ".join(f"{need} {count} ({count / len(rows):.1%})" for need, count in needs.most_common())
    )
    for row, each in zip(rows, judged, strict=True):
        if each.need == "danger":
            print(
                f"    danger by {each.rule or 'model'} ({each.probabilities['danger']:.2f}): complaint {row['Complaint ID']}"
            )


def show_pairs() -> None:
    """How often a need changes when one thing about the words does, as the tests count it."""
    sys.path.insert(0, str(ROOT))
    from tests.triage.pairs import STRIPPED, TOLERATED, clopper_pearson_upper, mcnemar
    from tests.triage.test_gates import flips

    print("\nPairs that differ in one thing:")
    for what, change in {**STRIPPED, **TOLERATED}.items():
        of, up, down = flips(change)
        bound, p = clopper_pearson_upper(up + down, of), mcnemar(up, down)
        print(
            f"  {what:18} {of} pairs, {up} up, {down} down, {(up + down) / of:.1%} (below {bound:.1%}), direction p {p:.2f}"
        )


def show_speed() -> None:
    words = "I bought a coffee machine in your shop three weeks ago and since yesterday it does not heat the water any more. I have written twice. My order number is 48213, can you tell me what I should do with it now?"
    words = (words * 2)[:200]
    clock = time.process_time()
    reading.shipped.cache_clear()
    reading.shipped()
    print(f"\nload {time.process_time() - clock:.3f} CPU s, file {reading.MODEL_FILE.stat().st_size / 1e6:.2f} MB")
    reading.read(words, "en", "")
    clock = time.process_time()
    for _ in range(2000):
        reading.read(words, "en", "")
    one = (time.process_time() - clock) / 2000
    many = [(f"{words} {number}", "en", "") for number in range(500)]
    clock = time.process_time()
    for _ in range(6):
        reading.read_all(many)
    print(
        f"one at a time {one * 1e3:.3f} CPU ms; in batches of 500 {(time.process_time() - clock) / 3000 * 1e3:.3f} CPU ms each (200 characters)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true", help="measure the model that is there")
    parser.add_argument(
        "--by-seed", action="store_true", help="measure a model on the fifth it has not seen; writes nothing"
    )
    parser.add_argument("--misses", type=int, default=0, help="how many misread texts to show")
    parser.add_argument("--strength", type=float, default=STRENGTH)
    chosen = parser.parse_args()
    data = data_folder()
    if not chosen.report:
        shipped, first, measured = train(data, strength=chosen.strength)
        if not chosen.by_seed:
            shipped.keep(reading.MODEL_FILE)
            print(f"{reading.MODEL_FILE.relative_to(ROOT)}: version {shipped.version}")
        unseeing = first.model()
        reading.shipped = lambda: unseeing  # type: ignore[assignment]
        show(
            "Seeds not seen", [each for each in measured if each.source == "own" and each.need != "none"], chosen.misses
        )
        for source in ("banking77", "clinc150", "hwu64", "nlupp", "cfpb"):
            show(f"{source}, not seen", [each for each in measured if each.source == source], chosen.misses // 4)
        show_complaints(data, are_unseen=True)
        return
    if HELD_BACK.exists():
        show("Held back", held_back(), chosen.misses)
    show_pairs()
    show_complaints(data)
    show_speed()


if __name__ == "__main__":
    main()
