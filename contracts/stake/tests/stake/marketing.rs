//! Marketing info and logo: the owner's, until handed on.

use cosmwasm_std::Binary;
use cw20::{DownloadLogoResponse, EmbeddedLogo, Logo, LogoInfo, MarketingInfoResponse};
use cw20_base::ContractError as Cw20Error;
use protocol::stake::{ExecuteMsg, QueryMsg};
use stake::ContractError;

use crate::world::{Outcome, World};

const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3];
const SVG: &[u8] = b"<?xml version=\"1.0\"?><svg></svg>";
/// The largest logo, in bytes.
const LOGO_LIMIT: usize = 5 * 1024;

fn update(world: &mut World, sender: &str, [project, description, marketing]: [Option<&str>; 3]) -> Outcome {
    let [project, description, marketing] = [project, description, marketing].map(|text| text.map(str::to_owned));
    world.execute(sender, &ExecuteMsg::UpdateMarketing { project, description, marketing })
}

fn info(world: &World) -> MarketingInfoResponse {
    world.query(&QueryMsg::MarketingInfo {})
}

fn upload(world: &mut World, sender: &str, logo: Logo) -> Outcome {
    world.execute(sender, &ExecuteMsg::UploadLogo(logo))
}

fn png(bytes: impl Into<Vec<u8>>) -> Logo {
    Logo::Embedded(EmbeddedLogo::Png(Binary::new(bytes.into())))
}

fn svg(bytes: impl Into<Vec<u8>>) -> Logo {
    Logo::Embedded(EmbeddedLogo::Svg(Binary::new(bytes.into())))
}

fn unauthorized() -> ContractError {
    ContractError::Cw20(Cw20Error::Unauthorized {})
}

#[test]
fn the_owner_begins_with_the_right_to_say_what_the_token_is() {
    let world = World::new();
    let owner = Some(world.account("owner"));
    assert_eq!(info(&world), MarketingInfoResponse { marketing: owner, ..MarketingInfoResponse::default() });
}

#[test]
fn texts_are_set_kept_and_cleared() {
    let mut world = World::new();
    update(&mut world, "owner", [Some("https://a.example"), Some("digits"), None]).unwrap();
    update(&mut world, "owner", [None, Some("digits, signed"), None]).unwrap();
    assert_eq!(info(&world).project.as_deref(), Some("https://a.example"));
    assert_eq!(info(&world).description.as_deref(), Some("digits, signed"));
    update(&mut world, "owner", [Some(" "), None, None]).unwrap();
    assert_eq!(info(&world).project, None);
}

#[test]
fn only_the_marketing_account_changes_anything() {
    let mut world = World::new();
    for sender in ["ann", "model", "settlement", "stake"] {
        assert_eq!(update(&mut world, sender, [Some("x"), None, None]).unwrap_err(), unauthorized());
        assert_eq!(upload(&mut world, sender, png(PNG)).unwrap_err(), unauthorized());
    }
}

#[test]
fn the_right_is_handed_on_or_given_up() {
    let mut world = World::new();
    let ann = world.text("ann");
    assert!(matches!(update(&mut world, "owner", [None, None, Some("nobody")]), Err(ContractError::Cw20(_))));
    update(&mut world, "owner", [None, Some("kept"), Some(&ann)]).unwrap();
    assert_eq!(update(&mut world, "owner", [Some("x"), None, None]).unwrap_err(), unauthorized());
    update(&mut world, "ann", [None, None, Some("")]).unwrap();
    assert_eq!(update(&mut world, "ann", [Some("x"), None, None]).unwrap_err(), unauthorized());
    assert_eq!((info(&world).marketing, info(&world).description.as_deref()), (None, Some("kept")));
}

#[test]
fn marketing_info_without_content_is_removed() {
    let mut world = World::new();
    update(&mut world, "owner", [None, None, Some("")]).unwrap();
    assert_eq!(info(&world), MarketingInfoResponse::default());
    assert_eq!(upload(&mut world, "owner", png(PNG)).unwrap_err(), unauthorized());
}

#[test]
fn a_logo_is_an_address_or_an_image() {
    let mut world = World::new();
    let download = |world: &World| {
        world.app.wrap().query_wasm_smart::<DownloadLogoResponse>(&world.stake, &QueryMsg::DownloadLogo {})
    };
    assert!(download(&world).is_err());
    upload(&mut world, "owner", Logo::Url("https://a.example/logo".to_owned())).unwrap();
    assert_eq!(info(&world).logo, Some(LogoInfo::Url("https://a.example/logo".to_owned())));
    assert!(download(&world).is_err());
    for (logo, mime_type, bytes) in [(png(PNG), "image/png", PNG), (svg(SVG), "image/svg+xml", SVG)] {
        upload(&mut world, "owner", logo).unwrap();
        assert_eq!(info(&world).logo, Some(LogoInfo::Embedded));
        let expected = DownloadLogoResponse { mime_type: mime_type.to_owned(), data: bytes.into() };
        assert_eq!(download(&world).unwrap(), expected);
    }
}

#[test]
fn a_logo_that_is_no_image_is_refused() {
    let mut world = World::new();
    let refused = |error: Cw20Error| ContractError::Cw20(error);
    for broken in [&b"not a png"[..], b"", &PNG[..7]] {
        assert_eq!(upload(&mut world, "owner", png(broken)).unwrap_err(), refused(Cw20Error::InvalidPngHeader {}));
    }
    for broken in [&b"<svg></svg>"[..], b"", b"<?xml version=\"1.0\" ><svg/>"] {
        let error = upload(&mut world, "owner", svg(broken)).unwrap_err();
        assert_eq!(error, refused(Cw20Error::InvalidXmlPreamble {}));
    }
    assert_eq!(info(&world).logo, None);
}

#[test]
fn a_logo_may_have_five_kibibytes_and_no_more() {
    let mut world = World::new();
    let padded = |bytes: &[u8], length: usize| {
        let mut padded = bytes.to_vec();
        padded.resize(length, b' ');
        padded
    };
    for logo in [png(padded(PNG, LOGO_LIMIT)), svg(padded(SVG, LOGO_LIMIT))] {
        upload(&mut world, "owner", logo).unwrap();
    }
    for logo in [png(padded(PNG, LOGO_LIMIT + 1)), svg(padded(SVG, LOGO_LIMIT + 1))] {
        let error = upload(&mut world, "owner", logo).unwrap_err();
        assert_eq!(error, ContractError::Cw20(Cw20Error::LogoTooBig {}));
    }
}
