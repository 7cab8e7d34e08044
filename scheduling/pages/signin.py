"""Signing in and out. An organisation is found by the e-mail's domain, or named in the address: /o/<slug>/signin."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from scheduling.pages.forms import PageForm
from tenancy.middleware import SESSION_COOKIE, set_session_cookie
from tenancy.rights import Role
from tenancy.selectors import organization_find, organization_find_by_domain
from tenancy.services import password_spend, session_close, sign_in
from tenancy.tenant import tenant_transaction
from tenancy.tokens import join_token
from tenancy.types import AccountInfo, RefusedError
from tenancy.web import account_of, address_of, public, signed_in

_REFUSED = "The e-mail or the password is not right, or the account is locked for a few minutes."


class SignInForm(PageForm):
    """Work e-mail and password."""

    email = forms.EmailField(label="Work e-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


@public
@never_cache
@sensitive_post_parameters("password")
def signin(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """The sign-in page. Every failure says the same, so that it tells nothing about accounts or organisations."""
    if getattr(request, "account", None) is not None and request.method == "GET":
        return redirect("home")
    named = _named(slug)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _signed_in(request, form, named)
        if answer is not None:
            return answer
        form.add_error(None, _REFUSED)
    return render(
        request,
        "signin/signin.html",
        {
            "form": form,
            "organization": {"name": named[1], "slug": named[2]} if named else None,
            "next_url": request.POST.get("next") or request.GET.get("next", ""),
        },
        status=422 if form.errors else 200,
    )


@signed_in()
@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    """End this session at once, in the database too."""
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        session_close(session_ids=[account.session_id])
    response = redirect("signin")
    response.delete_cookie(SESSION_COOKIE)
    return response


@public
def home(request: HttpRequest) -> HttpResponse:
    """The start page: signing in, or where the role's day begins."""
    account: AccountInfo | None = getattr(request, "account", None)
    if account is None:
        return redirect("signin")
    return redirect(next(name for name in _START.get(account.role, ("schedules",)) if _exists(name)))


# Where a role's day begins: the first of these pages that the product has.
_START = {Role.PROVIDER: ("me", "today"), Role.VIEWER: ("today",)}


def _exists(name: str) -> bool:
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True


def _named(slug: str | None) -> tuple[int, str, str] | None:
    """(id, name, slug) of the organisation that the address names."""
    if slug is None:
        return None
    found = organization_find(slug)
    if found is None or found[2] != "active":
        raise Http404("No such organisation.")
    return found[0], found[1], slug.lower()


def _signed_in(request: HttpRequest, form: SignInForm, named: tuple[int, str, str] | None) -> HttpResponse | None:
    """The way in, or None when it is refused."""
    email = form.cleaned_data["email"]
    if named is None:
        found = organization_find_by_domain(email.rpartition("@")[2])
        if found is None or found[2] != "active":
            password_spend(form.cleaned_data["password"])
            return None
        named = (found[0], found[1], found[3])
    with tenant_transaction(named[0]):
        answer = sign_in(
            email=email,
            password=form.cleaned_data["password"],
            address=address_of(request),
            agent=request.headers.get("User-Agent", ""),
            now=timezone.now(),
        )
    if isinstance(answer, RefusedError):
        return None
    response = HttpResponseRedirect(_safe_next(request))
    set_session_cookie(response, join_token(named[2], answer[1]))
    return response


def _safe_next(request: HttpRequest) -> str:
    """Where the reader wanted to go, if it is one of our own pages."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("home")
