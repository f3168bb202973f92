//! What messages say, checked once at the door.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, Api, MessageInfo};
use protocol::Payee;
use protocol::datanet::{Admission, InstantiateMsg, MAX_ITEMS, MAX_NAMED_ACCOUNTS, NewDatanet, RevealedContribution};
use protocol::{Bps, Seconds};
use rules::split::split_payees;

use crate::ContractError;

/// A period beyond a year serves nobody, and keeps sums of times far from 64 bits.
const MAX_PERIOD: u64 = 365 * 86_400;
const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 1_024;
const MAX_MEDIA: usize = 128;
const MAX_SCHEMA: usize = 256;
const MAX_LICENCE: usize = 256;
const MAX_URI: usize = 512;

pub fn no_native_coins(info: &MessageInfo) -> Result<(), ContractError> {
    cw_utils::nonpayable(info).map_err(|_| ContractError::NativeCoins)
}

pub fn address(api: &dyn Api, account: &str) -> Result<Addr, ContractError> {
    api.addr_validate(account).map_err(|_| ContractError::InvalidAddress { account: account.to_owned() })
}

/// The lengths of all windows, and the rounds that release a bond.
pub fn periods(msg: &InstantiateMsg) -> Result<(), ContractError> {
    period("reveal", msg.reveal_period)?;
    period("notice", msg.notice_period)?;
    period("appeal", msg.appeal_period)?;
    if msg.clean_rounds == 0 {
        return Err(ContractError::ZeroCleanRounds);
    }
    Ok(())
}

fn period(period: &'static str, given: Seconds) -> Result<(), ContractError> {
    if (1..=MAX_PERIOD).contains(&given.get()) {
        return Ok(());
    }
    Err(ContractError::Period { period, given, max: MAX_PERIOD })
}

/// Settings of a new DataNet; they can never be repaired later.
pub fn new_datanet(api: &dyn Api, settings: &NewDatanet) -> Result<(), ContractError> {
    text("name", &settings.name, 1, MAX_NAME)?;
    text("description", &settings.description, 0, MAX_DESCRIPTION)?;
    text("media", &settings.media, 1, MAX_MEDIA)?;
    text("schema", &settings.schema, 0, MAX_SCHEMA)?;
    text("licence", &settings.licence, 1, MAX_LICENCE)?;
    if settings.bond.is_zero() {
        return Err(ContractError::ZeroBond);
    }
    if settings.commits_per_day == 0 {
        return Err(ContractError::ZeroCommitsPerDay);
    }
    if settings.min_influence_share > Bps::WHOLE {
        return Err(ContractError::ShareAboveWhole { share: settings.min_influence_share });
    }
    accounts(api, "curators", &settings.curators, 0)?;
    admission(api, &settings.admission)
}

fn admission(api: &dyn Api, admission: &Admission) -> Result<(), ContractError> {
    match admission {
        Admission::Open {} => Ok(()),
        Admission::Allowlist { accounts: listed } => accounts(api, "the allowlist", listed, 1),
        Admission::Reviewed { reviewers, threshold } => {
            accounts(api, "reviewers", reviewers, 1)?;
            let attainable = usize::try_from(*threshold).is_ok_and(|votes| (1..=reviewers.len()).contains(&votes));
            if attainable {
                return Ok(());
            }
            Err(ContractError::Threshold { threshold: *threshold, reviewers: reviewers.len() })
        }
    }
}

/// What a reveal says about its items; the commitment is checked by the action.
pub fn revealed(revealed: &RevealedContribution) -> Result<(), ContractError> {
    let items = revealed.item_count.u64();
    if !(1..=MAX_ITEMS).contains(&items) {
        return Err(ContractError::ItemCount { items });
    }
    text("uri", &revealed.uri, 0, MAX_URI)?;
    text("licence", &revealed.licence, 1, MAX_LICENCE)
}

/// The size of the items would help to guess them: in a private DataNet it is withheld.
pub fn private_size(datanet: &NewDatanet, revealed: &RevealedContribution) -> Result<(), ContractError> {
    if datanet.item_key.is_none() || revealed.bytes.is_zero() {
        return Ok(());
    }
    Err(ContractError::PrivateSize { bytes: revealed.bytes.u64() })
}

/// 1 to 16 different accounts whose shares are at least 1 and sum to 10,000.
pub fn payees(api: &dyn Api, payees: &[Payee]) -> Result<(), ContractError> {
    let shares: Vec<u16> = payees.iter().map(|payee| payee.share.0).collect();
    // The rule that will split every payout also says which shares can be split.
    split_payees(0, &shares)?;
    if let Some(idle) = payees.iter().find(|payee| payee.share.0 == 0) {
        return Err(ContractError::ZeroShare { account: idle.account.clone() });
    }
    each_once(api, "payees", payees.iter().map(|payee| payee.account.as_str()))
}

fn accounts(api: &dyn Api, list: &'static str, named: &[String], min: usize) -> Result<(), ContractError> {
    let (count, max) = (named.len(), MAX_NAMED_ACCOUNTS);
    if !(min..=max).contains(&count) {
        return Err(ContractError::AccountCount { list, count, min, max });
    }
    each_once(api, list, named.iter().map(String::as_str))
}

fn each_once<'a>(
    api: &dyn Api,
    list: &'static str,
    accounts: impl Iterator<Item = &'a str>,
) -> Result<(), ContractError> {
    let mut seen = BTreeSet::new();
    for account in accounts {
        address(api, account)?;
        if !seen.insert(account) {
            return Err(ContractError::RepeatedAccount { list, account: account.to_owned() });
        }
    }
    Ok(())
}

fn text(field: &'static str, value: &str, min: usize, max: usize) -> Result<(), ContractError> {
    let length = value.chars().count();
    if (min..=max).contains(&length) {
        return Ok(());
    }
    Err(ContractError::TextLength { field, length, min, max })
}
