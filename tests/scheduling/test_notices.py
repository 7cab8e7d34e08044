"""Notices: who is told, how, and that a message is handed over exactly once where it is recorded."""

from __future__ import annotations

import email
import email.policy
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg2.extensions
import pytest

from integrations.tasks import handle, tick
from scheduling import services
from scheduling.models import Notice, NoticePreference, Person
from scheduling.notice_kinds import NOTICE_KINDS
from scheduling.services.notice_mail import notices_send
from scheduling.services.notices import (
    NOTICE,
    digest_due,
    notice_preferences_set,
    notice_read,
    notices_leave,
    notices_read_all,
)
from tenancy.models import Account, ChangeEntry, Dispatch
from tenancy.rights import Role
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import NOW, ROBOT, Tenant
from tests.fakes.smtp_sink import SmtpSink

BY = {"actor": ROBOT, "now": NOW}


@pytest.fixture
def sink(settings: object) -> Iterator[SmtpSink]:
    server = SmtpSink().start()
    settings.ROTACAST_MAIL_URL = f"smtp://127.0.0.1:{server.port}"  # type: ignore[attr-defined]
    yield server
    server.stop()


def leave(tenant: Tenant, *, kind: str = "swap.asked", once: str = "", now: datetime = NOW, **readers: object) -> int:
    with tenant.transaction():
        return notices_leave(
            kind=kind,
            subject="Haddad offers you a shift",
            lines=["OR Call 1, Tuesday, March 3, 07:00–07:00.", "Haddad stays responsible until it is done."],
            link="/swaps/",
            once=once,
            now=now,
            **readers,  # type: ignore[arg-type]
        )


def send(tenant: Tenant, now: datetime = NOW) -> int:
    """What a worker does with the wake-up rows that are due."""
    due = Dispatch.objects.filter(organization_id=tenant.id, topic=NOTICE, due_at__lte=now).order_by("due_at", "id")
    refs = list(due.values_list("ref", flat=True))
    return sum(notices_send(organization_id=tenant.id, ref=ref, clock=lambda: now) for ref in refs)


def person(tenant: Tenant, name: str, address: str = "") -> int:
    with tenant.transaction():
        return services.person_create(fields={"last_name": name, "email": address}, **BY).id


def prefer(tenant: Tenant, account: Account, **ways: str) -> None:
    with tenant.transaction():
        notice_preferences_set(
            account_id=account.id, ways={kind.replace("_", "."): way for kind, way in ways.items()}, **BY
        )


def states(tenant: Tenant) -> list[tuple[str, str, int]]:
    with tenant.transaction():
        return list(Notice.objects.order_by("id").values_list("reader", "mail", "tries"))


def wakeups(cursor: psycopg2.extensions.cursor, tenant: Tenant) -> list[tuple[int, datetime]]:
    cursor.execute(
        "SELECT ref, due_at FROM tenancy_dispatch WHERE organization_id = %s AND topic = %s ORDER BY due_at",
        [tenant.id, NOTICE],
    )
    return list(cursor.fetchall())


def read(sink: SmtpSink) -> list[tuple[str, str, str]]:
    found = []
    for taken in sink.messages:
        mail = email.message_from_bytes(taken.content, policy=email.policy.default)
        found.append((taken.recipients[0], str(mail["Subject"]), mail.get_content()))
    return found


def test_an_account_and_a_person_without_one_get_a_letter(tenant: Tenant, sink: SmtpSink, settings: object) -> None:
    settings.ROTACAST_PUBLIC_URL = "https://rota.example"  # type: ignore[attr-defined]
    account = tenant.account(Role.PROVIDER)
    ann, ben, cal = (
        person(tenant, "Ann", "ann@example.org"),
        person(tenant, "Ben", "ben@example.org"),
        person(tenant, "C"),
    )
    with tenant.transaction():
        services.account_link_person(account=account, person=Person.objects.get(id=ann), **BY)
    # Ann is read through her account, even where both are named; Cal has no address at all.
    assert leave(tenant, person_ids=[ann, ben, cal], account_ids=[account.id]) == 2
    assert sink.messages == []
    assert send(tenant) == 2
    letters = read(sink)
    assert [(to, subject) for to, subject, _ in letters] == [
        (account.email, f"[Test {tenant.slug}] Haddad offers you a shift"),
        ("ben@example.org", f"[Test {tenant.slug}] Haddad offers you a shift"),
    ]
    assert letters[0][2].splitlines() == [
        "OR Call 1, Tuesday, March 3, 07:00–07:00.",
        "Haddad stays responsible until it is done.",
        "",
        "https://rota.example/swaps/",
        "",
        "Change what you are told: https://rota.example/notices/preferences",
    ]
    assert "Your scheduler can change the address." in letters[1][2]
    assert states(tenant) == [(f"a{account.id}", "sent", 1), (f"p{ben}", "sent", 1)]
    assert send(tenant) == 0 and len(sink.messages) == 2


def test_a_secret_stands_in_the_letter_and_is_forgotten_with_it(tenant: Tenant, sink: SmtpSink) -> None:
    account = tenant.account(Role.PROVIDER)
    ann = person(tenant, "Ann", "ann@example.org")
    with tenant.transaction():
        notices_leave(
            kind="swap.asked", subject="S", lines=["L"], link="/swaps/", letter_link="/swap/t/secret", now=NOW,
            account_ids=[account.id], person_ids=[ann],
        )  # fmt: skip
    assert send(tenant) == 2
    assert ["/swap/t/secret" in text for _, _, text in read(sink)] == [True, True]
    with tenant.transaction():
        assert set(Notice.objects.values_list("link", "letter_link")) == {("/swaps/", "")}
    prefer(tenant, account, swap_asked="product")
    with tenant.transaction():
        notices_leave(
            kind="swap.asked", subject="S", lines=["L"], link="/swaps/", letter_link="/swap/t/other", now=NOW,
            account_ids=[account.id],
        )  # fmt: skip
        assert not Notice.objects.exclude(letter_link="").exists(), "without a letter it is kept nowhere"


def test_the_same_word_to_the_same_reader_is_left_once(tenant: Tenant, sink: SmtpSink) -> None:
    one, other = tenant.account(Role.PROVIDER), tenant.account(Role.SCHEDULER)
    assert leave(tenant, once="swap:7", account_ids=[one.id]) == 1
    assert leave(tenant, once="swap:7", account_ids=[one.id, other.id]) == 1
    assert leave(tenant, once="swap:8", account_ids=[one.id]) == 1
    assert send(tenant) == 3


def test_nothing_is_left_or_sent_when_the_cause_fails(
    tenant: Tenant, sink: SmtpSink, owner_cursor: psycopg2.extensions.cursor
) -> None:
    account = tenant.account(Role.PROVIDER)
    with pytest.raises(RefusedError), tenant.transaction():
        notices_leave(kind="swap.asked", subject="S", lines=[], link="", now=NOW, account_ids=[account.id])
        raise RefusedError("No.")
    assert wakeups(owner_cursor, tenant) == []
    assert send(tenant) == 0 and sink.messages == [] and states(tenant) == []


def test_preferences_are_respected(tenant: Tenant, sink: SmtpSink) -> None:
    account = tenant.account(Role.PROVIDER)
    prefer(tenant, account, swap_asked="product", swap_done="none", swap_ended="daily")
    assert leave(tenant, kind="swap.asked", account_ids=[account.id]) == 1
    assert leave(tenant, kind="swap.done", account_ids=[account.id]) == 0
    assert leave(tenant, kind="swap.accepted", account_ids=[account.id]) == 1
    assert leave(tenant, kind="swap.ended", account_ids=[account.id]) == 1
    assert send(tenant) == 1
    assert [row[1] for row in states(tenant)] == ["none", "sent", "waiting"]
    with tenant.transaction():
        assert list(NoticePreference.objects.order_by("kind").values_list("kind", "way")) == [
            ("swap.asked", "product"),
            ("swap.done", "none"),
            ("swap.ended", "daily"),
        ]
        entry = ChangeEntry.objects.get(action="account.notices")
        assert (entry.before["swap.asked"], entry.after["swap.asked"]) == ("now", "product")
    prefer(tenant, account, swap_asked="product")
    with tenant.transaction():
        assert ChangeEntry.objects.filter(action="account.notices").count() == 1, "the same again is no change"
        with pytest.raises(RefusedError):
            notice_preferences_set(account_id=account.id, ways={"swap.asked": "pigeon"}, **BY)


def test_a_daily_message_gathers_and_goes_out_once(
    tenant: Tenant, sink: SmtpSink, owner_cursor: psycopg2.extensions.cursor
) -> None:
    account = tenant.account(Role.PROVIDER)
    prefer(tenant, account, swap_asked="daily")
    morning = digest_due(NOW, "America/Chicago")
    assert morning == datetime(2026, 2, 28, 13, tzinfo=UTC)
    leave(tenant, account_ids=[account.id])
    leave(tenant, account_ids=[account.id], now=NOW + timedelta(hours=1))
    assert {at for _, at in wakeups(owner_cursor, tenant)} == {morning}
    assert send(tenant, NOW + timedelta(hours=2)) == 0
    assert send(tenant, morning) == 1
    ((_, subject, text),) = read(sink)
    assert subject.endswith("] 2 notices")
    assert text.count("Haddad stays responsible") == 2
    assert send(tenant, morning + timedelta(days=1)) == 0


def test_both_nights_have_a_morning() -> None:
    spring = digest_due(datetime(2026, 3, 8, 6, tzinfo=UTC), "America/New_York")
    autumn = digest_due(datetime(2026, 11, 1, 4, tzinfo=UTC), "America/New_York")
    assert (spring, autumn) == (datetime(2026, 3, 8, 11, tzinfo=UTC), datetime(2026, 11, 1, 12, tzinfo=UTC))


class WorkerKilled(BaseException):
    """The process ends here: nothing after it runs."""


def test_a_worker_killed_before_recording_leads_to_the_same_message_again(
    tenant: Tenant, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, owner_cursor: psycopg2.extensions.cursor
) -> None:
    account = tenant.account(Role.PROVIDER)
    prefer(tenant, account, swap_asked="daily")
    morning = digest_due(NOW, "America/Chicago")
    leave(tenant, account_ids=[account.id])
    with monkeypatch.context() as killed:
        killed.setattr("scheduling.services.notice_mail._record", _dies)
        with pytest.raises(WorkerKilled):
            send(tenant, morning)
    assert len(sink.messages) == 1
    assert send(tenant, morning) == 0, "the claim still runs"
    leave(tenant, account_ids=[account.id], now=morning)  # comes meanwhile: it must not change the letter under way
    assert (0, morning + timedelta(minutes=5)) in wakeups(owner_cursor, tenant)
    assert send(tenant, morning + timedelta(minutes=6)) == 1
    first, second = (email.message_from_bytes(one.content, policy=email.policy.default) for one in sink.messages)
    assert first["Message-ID"] == second["Message-ID"]
    assert sink.messages[0].content == sink.messages[1].content
    assert send(tenant, morning + timedelta(minutes=20)) == 0
    assert len(sink.messages) == 2


def _dies(*_: object) -> None:
    raise WorkerKilled


def test_a_worker_killed_before_sending_loses_nothing(
    tenant: Tenant, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = tenant.account(Role.PROVIDER)
    leave(tenant, account_ids=[account.id])
    with monkeypatch.context() as killed:
        killed.setattr("scheduling.services.notice_mail._hand_over", _dies)
        with pytest.raises(WorkerKilled):
            send(tenant)
    assert sink.messages == []
    assert send(tenant, NOW + timedelta(minutes=6)) == 1
    assert len(sink.messages) == 1


def test_a_passing_refusal_backs_off_and_a_final_one_is_kept(
    tenant: Tenant, sink: SmtpSink, owner_cursor: psycopg2.extensions.cursor
) -> None:
    ann, ben = person(tenant, "Ann", "ann@example.org"), person(tenant, "Ben", "ben@example.org")
    leave(tenant, person_ids=[ann, ben])
    sink.answers = {"RCPT ann@example.org": "451 greylisted", "RCPT ben@example.org": "550 no such mailbox"}
    assert send(tenant) == 0
    assert states(tenant) == [(f"p{ann}", "waiting", 1), (f"p{ben}", "failed", 1)]
    assert wakeups(owner_cursor, tenant)[0] == (0, NOW + timedelta(minutes=1))
    assert send(tenant, NOW + timedelta(minutes=1)) == 0
    assert wakeups(owner_cursor, tenant)[0] == (0, NOW + timedelta(minutes=3))
    sink.answers = {}
    assert send(tenant, NOW + timedelta(minutes=3)) == 1
    with tenant.transaction():
        failed = Notice.objects.get(mail="failed")
        assert "550 no such mailbox" in failed.failure
    assert [to for to, _, _ in read(sink)] == ["ann@example.org"]


def test_a_mail_server_that_is_away_is_asked_once_a_minute(
    tenant: Tenant, sink: SmtpSink, owner_cursor: psycopg2.extensions.cursor
) -> None:
    people = [person(tenant, f"P{n}", f"p{n}@example.org") for n in range(3)]
    leave(tenant, person_ids=people)
    sink.answers = {"EHLO": "DROP", "HELO": "DROP"}
    assert send(tenant) == 0
    assert sorted(row[2] for row in states(tenant)) == [0, 0, 1], "the others are not tried in vain"
    assert wakeups(owner_cursor, tenant)[0] == (0, NOW + timedelta(minutes=1))
    sink.answers = {}
    assert send(tenant, NOW + timedelta(minutes=1)) == 3
    assert len({taken.recipients for taken in sink.messages}) == 3
    late = NOW + timedelta(days=4)
    leave(tenant, person_ids=people[:1], once="late")
    sink.answers = {"EHLO": "DROP", "HELO": "DROP"}
    send(tenant, late)
    assert [row[1] for row in states(tenant)] == ["sent", "sent", "sent", "failed"], (
        "after three days it is kept as failed"
    )


def test_a_restored_copy_and_a_suspended_organisation_send_nothing(
    tenant: Tenant, sink: SmtpSink, settings: object, owner_cursor: psycopg2.extensions.cursor
) -> None:
    account = tenant.account(Role.PROVIDER)
    leave(tenant, account_ids=[account.id])
    ours = settings.ROTACAST_INSTALLATION_ID  # type: ignore[attr-defined]
    settings.ROTACAST_INSTALLATION_ID = str(uuid.uuid4())  # type: ignore[attr-defined]
    assert send(tenant) == 0
    settings.ROTACAST_INSTALLATION_ID = ours  # type: ignore[attr-defined]
    owner_cursor.execute("UPDATE tenancy_organization SET status = 'suspended' WHERE id = %s", [tenant.id])
    assert send(tenant, NOW + timedelta(minutes=15)) == 0
    assert sink.messages == [] and states(tenant) == [(f"a{account.id}", "waiting", 0)]
    owner_cursor.execute("UPDATE tenancy_organization SET status = 'active' WHERE id = %s", [tenant.id])
    assert send(tenant, NOW + timedelta(minutes=30)) == 1


def test_the_worker_finds_what_was_left(
    tenant: Tenant, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, owner_cursor: psycopg2.extensions.cursor
) -> None:
    """Through the door that the worker uses: the tick claims the wake-up row, the handler sends."""
    account = tenant.account(Role.PROVIDER)
    leave(tenant, account_ids=[account.id], now=datetime.now(UTC))
    handed: list[dict[str, int | str]] = []
    monkeypatch.setattr(handle, "apply_async", lambda kwargs, **_: handed.append(kwargs))
    monkeypatch.setattr("integrations.tasks._handed_out", lambda: 0)
    tick(only=tenant.id)
    (work,) = [one for one in handed if one["topic"] == NOTICE]
    handle(**work)
    assert len(sink.messages) == 1
    assert wakeups(owner_cursor, tenant) == []


def test_an_address_that_has_gone_is_kept_as_failed(tenant: Tenant, sink: SmtpSink) -> None:
    account = tenant.account(Role.PROVIDER)
    leave(tenant, account_ids=[account.id])
    with tenant.transaction():
        Account.objects.filter(id=account.id).update(is_active=False)
    assert send(tenant) == 0
    assert states(tenant) == [(f"a{account.id}", "failed", 1)]
    assert leave(tenant, account_ids=[account.id]) == 0, "somebody who has gone is told nothing"


def test_reading(tenant: Tenant, new_tenant: Callable[[], Tenant]) -> None:
    account, other = tenant.account(Role.PROVIDER), tenant.account(Role.SCHEDULER)
    leave(tenant, account_ids=[account.id])
    leave(tenant, account_ids=[account.id, other.id])
    with tenant.transaction():
        first = Notice.objects.filter(account_id=account.id).earliest("id")
        assert notice_read(notice_id=first.public_id, account_id=account.id, now=NOW) == "/swaps/"
        assert Notice.objects.get(id=first.id).read_at == NOW
        with pytest.raises(NotFoundError):
            notice_read(notice_id=first.public_id, account_id=other.id, now=NOW)
        notice_read(notice_id=first.public_id, account_id=account.id, now=NOW, read=False)
        assert notices_read_all(account_id=account.id, now=NOW) == 2
        assert Notice.objects.filter(account_id=other.id, read_at=None).count() == 1


def test_every_kind_has_words() -> None:
    assert all(one.group and one.label for one in NOTICE_KINDS.values())
    assert all(len(kind) <= 32 for kind in NOTICE_KINDS)
