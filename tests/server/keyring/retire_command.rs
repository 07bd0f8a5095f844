//! `latchkey key retire` of the real binary.

use super::command::Folder;
use super::contents;
use latchkey_core::clock::{Clock as _, SystemClock, Timestamp};

#[tokio::test]
async fn leaked_keys_are_replaced_at_once_after_a_rotation() {
    let folder = Folder::new().await;
    folder.done(&["rotate"]);
    for kind in ["signing_key", "refresh_token_secret"] {
        let (published, in_use) = (folder.id(kind, 0), folder.id(kind, 1));
        let signs_from = folder.list()[0]["signsFrom"].as_str().unwrap().to_owned();
        let error = folder.fails(1, &["retire", &in_use, "--now"]);
        assert!(error.contains("a newer one replaces it at") && error.contains(&signs_from), "{error}");
        assert!(error.contains("`key rotate --now`"), "{error}");
        let error = folder.fails(1, &["retire", &published, "--now"]);
        assert!(error.contains(&signs_from) && error.contains("`key rotate --now`"), "{error}");
    }
    folder.done(&["rotate", "--now"]);
    for kind in ["signing_key", "refresh_token_secret"] {
        for _ in 0..2 {
            folder.done(&["retire", &folder.id(kind, 1), "--now"]);
        }
    }
    let states: Vec<_> = folder.list().into_iter().map(|key| key["state"].clone()).collect();
    assert_eq!(states, ["in_use", "in_use"]);
}

#[tokio::test]
async fn retire_refuses_keys_in_use_or_still_needed() {
    let folder = Folder::new().await;
    folder.done(&["rotate", "--now"]);
    for kind in ["signing_key", "refresh_token_secret"] {
        let (newest, older) = (folder.id(kind, 0), folder.id(kind, 1));
        for now in [&[][..], &["--now"]] {
            let error = folder.fails(1, &[&["retire", &newest][..], now].concat());
            assert!(error.contains("in use") && error.contains("`key rotate` first"), "{error}");
        }
        let error = folder.fails(1, &["retire", &older]);
        assert!(error.contains("may still be needed") && error.contains("--now"), "{error}");
        assert_eq!(
            error.contains("ends the sessions that have not been refreshed since"),
            kind == "refresh_token_secret"
        );

        let said = folder.done(&["retire", &older, "--now"]);
        assert!(said.contains(&older) && !said.contains(&newest), "{said}");
        let error = folder.fails(1, &["retire", &older]);
        assert!(error.contains("no key") && error.contains("key list"), "{error}");
    }
    assert_eq!(folder.list().len(), 2);
}

#[tokio::test]
async fn retire_removes_unneeded_keys_and_names_them() {
    let folder = Folder::new().await;
    folder.done(&["rotate", "--now"]);
    folder.done(&["rotate", "--now"]);
    let file = contents(&folder.keyring());
    let kept = folder.done(&["retire"]);
    assert!(kept.starts_with("Nothing to retire.") && kept.matches("Kept: ").count() == 4, "{kept}");
    assert_eq!(contents(&folder.keyring()), file);

    // The oldest of each kind was replaced long ago.
    folder.edit(|file| {
        for kind in ["hmac", "signing"] {
            file[kind][1]["createdAt"] = "2020-01-01T00:00:00Z".into();
            file[kind][2]["createdAt"] = "2019-01-01T00:00:00Z".into();
        }
    });
    let (signing, secret) = (folder.id("signing_key", 2), folder.id("refresh_token_secret", 2));
    let said = folder.done(&["retire"]);
    let (removed, kept) = said.split_once("Kept: ").unwrap();
    assert!(removed.contains(&signing) && removed.contains(&secret), "{said}");
    assert!(!kept.contains(&signing) && !kept.contains(&secret), "{said}");
    assert_eq!(folder.list().len(), 4);
}

#[tokio::test]
async fn retire_uses_the_lifetimes_in_the_settings() {
    let folder = Folder::new().await;
    folder.done(&["rotate", "--now"]);
    let a_year_ago = Timestamp::from_millis(SystemClock.now().millis() - 365 * 24 * 60 * 60 * 1000);
    folder.edit(|file| {
        for kind in ["hmac", "signing"] {
            file[kind][0]["createdAt"] = a_year_ago.to_string().into();
            file[kind][1]["createdAt"] = "2019-01-01T00:00:00Z".into();
        }
    });
    // The lifetime of sessions does not affect signing keys, nor that of access tokens the secrets.
    let ten_years = ["--session-idle-ttl", "3650d", "--session-absolute-ttl", "3650d"];
    folder.fails(1, &[&["retire", &folder.id("refresh_token_secret", 1)][..], &ten_years].concat());
    folder.fails(1, &["retire", &folder.id("signing_key", 1), "--access-token-ttl", "3650d"]);
    folder.done(&[&["retire", &folder.id("signing_key", 1)][..], &ten_years].concat());
    folder.done(&["retire", &folder.id("refresh_token_secret", 1), "--access-token-ttl", "3650d"]);
}

#[tokio::test]
async fn retire_accepts_an_id_that_begins_with_a_hyphen() {
    let folder = Folder::new().await;
    for id in ["-help-me", "-Version", "-_x", "--now-then"] {
        folder.done(&["rotate", "--now"]);
        folder.edit(|file| file["signing"][1]["kid"] = id.into());
        assert!(folder.done(&["retire", "--now", "--", id]).contains(id));
    }
    folder.done(&["rotate", "--now"]);
    folder.edit(|file| file["signing"][1]["kid"] = "-_x".into());
    assert!(folder.done(&["retire", "-_x", "--now"]).contains("-_x"));
}
