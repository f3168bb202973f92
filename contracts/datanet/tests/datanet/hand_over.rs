//! Handing a DataNet over.

use datanet::ContractError;
use protocol::DatanetId;
use protocol::datanet::ExecuteMsg;

use crate::world::World;

#[test]
fn a_datanet_changes_hands_in_two_steps() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let offer = ExecuteMsg::OfferDatanet { datanet, to: world.account("ann").into_string() };
    let accept = ExecuteMsg::AcceptDatanet { datanet };

    let sender = world.account("ben").into_string();
    let refused = world.execute("ben", offer.clone()).unwrap_err();
    assert_eq!(refused, ContractError::NotDatanetOwner { datanet, sender: sender.clone() });
    let refused = world.execute("ben", accept.clone()).unwrap_err();
    assert_eq!(refused, ContractError::NotOffered { datanet, sender: sender.clone() });

    world.execute("owner", offer).unwrap();
    let refused = world.execute("ben", accept.clone()).unwrap_err();
    assert_eq!(refused, ContractError::NotOffered { datanet, sender });
    world.execute("ann", accept.clone()).unwrap();
    let now = world.datanet(datanet).unwrap();
    assert_eq!((now.owner, now.offered_to), (world.account("ann"), None));

    let sender = world.account("ann").into_string();
    let refused = world.execute("ann", accept).unwrap_err();
    assert_eq!(refused, ContractError::NotOffered { datanet, sender });
}

#[test]
fn a_later_offer_replaces_the_first() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    for to in ["ann", "ben"] {
        let to = world.account(to).into_string();
        world.execute("owner", ExecuteMsg::OfferDatanet { datanet, to }).unwrap();
    }
    let sender = world.account("ann").into_string();
    let refused = world.execute("ann", ExecuteMsg::AcceptDatanet { datanet }).unwrap_err();
    assert_eq!(refused, ContractError::NotOffered { datanet, sender });
    world.execute("ben", ExecuteMsg::AcceptDatanet { datanet }).unwrap();
}

#[test]
fn an_offer_names_a_datanet_and_an_account() {
    let mut world = World::new();
    let (known, unknown) = (world.open_datanet(), DatanetId(9));
    let to = world.account("ann").into_string();
    let refused = world.execute("owner", ExecuteMsg::OfferDatanet { datanet: unknown, to });
    assert_eq!(refused.unwrap_err(), ContractError::UnknownDatanet { datanet: unknown });
    let to = "nobody".to_owned();
    let refused = world.execute("owner", ExecuteMsg::OfferDatanet { datanet: known, to: to.clone() });
    assert_eq!(refused.unwrap_err(), ContractError::InvalidAddress { account: to });
}
