"""Headless browsers, each with a fresh profile."""

import json
import os

from clients import require
from processes import Child, environment, run

# A browser starts slowly on a busy machine.
BROWSER_PATIENCE = 150.0


def browser_environment(folder):
    home = folder / "home"
    home.mkdir(exist_ok=True)
    # Without these it looks for a session bus and a desktop.
    places = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    return environment(**places, MOZ_CRASHREPORTER_DISABLE="1", DBUS_SESSION_BUS_ADDRESS="disabled:")


def _start(command, folder):
    """Runs until the test closes it."""
    return Child(command, env=browser_environment(folder))


def _run(command, folder):
    child = Child(command, env=browser_environment(folder))
    try:
        status = child.wait(BROWSER_PATIENCE)
        if status != 0:
            raise AssertionError(f"exit status {status}: {child}")
        return str(child.stdout)
    finally:
        child.close()


# Nothing that reaches for the network by itself.
CHROMIUM_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1000,1400"),
)


def chromium_command(folder):
    """Chromium with a profile in `folder`."""
    return [require("chromium"), *CHROMIUM_FLAGS, f"--user-data-dir={folder / 'chromium'}"]


def _chromium(folder, certificate):
    # Trusts this key and no other, so that everything else of certificate checking stays as it is.
    return [*chromium_command(folder), f"--ignore-certificate-errors-spki-list={certificate.public_key_hash}"]


def chromium(folder, url, certificate, *arguments):
    """Loads a page and returns its document as Chromium understood it."""
    return _run([*_chromium(folder, certificate), *arguments, url], folder)


def start_chromium(folder, url, certificate, *arguments):
    """Opens a page and leaves it open; the page tells the rest itself."""
    return _start([*_chromium(folder, certificate), *arguments, url], folder)


_FIREFOX_SETTINGS = {
    "app.update.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.aboutConfig.showWarning": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disableIPv6": True,
    "network.http.http3.enable": False,
    "network.http.speculative-parallel-limit": 0,
    "network.prefetch-next": False,
    "network.proxy.type": 0,
    "network.trr.mode": 5,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.unified": False,
    "trailhead.firstrun.didSeeAboutWelcome": True,
}


def make_firefox_profile(profile, authority, settings):
    """A profile that trusts the authority, in a new folder."""
    profile.mkdir()
    values = {**_FIREFOX_SETTINGS, **settings}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in values.items())
    (profile / "user.js").write_text("".join(lines))
    database = ["-d", f"sql:{profile}"]
    run([require("certutil"), "-N", *database, "--empty-password"], check=True)
    run(["certutil", "-A", *database, "-n", "test", "-t", "C,,", "-i", authority.certificate], check=True)


def firefox_command(profile):
    return [require("firefox-esr"), "--headless", "--no-remote", "--window-size", "1000,1400", "--profile", profile]


def _firefox(folder, authority, settings):
    profile = folder / "firefox"
    make_firefox_profile(profile, authority, settings)
    return firefox_command(profile)


def firefox(folder, url, authority, screenshot):
    """Loads a page with Firefox, which trusts the authority, and takes a picture of it."""
    _run([*_firefox(folder, authority, {}), "--screenshot", screenshot, url], folder)


def start_firefox(folder, url, authority, **settings):
    """Opens a page and leaves it open; the page tells the rest itself. Dots of a setting's name are written `__`."""
    settings = {name.replace("__", "."): value for name, value in settings.items()}
    return _start([*_firefox(folder, authority, settings), url], folder)


def picture_folder(folder):
    """Where pictures go: $SIMPLON_PICTURES for whoever wants to look at them, else a folder that does not last."""
    chosen = os.environ.get("SIMPLON_PICTURES")
    return type(folder)(chosen) if chosen else folder
