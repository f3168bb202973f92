//! Marketing info and logo, as cw20-base keeps them.

use cosmwasm_std::Response;
use cw20::Logo;
use cw20_base::contract::{execute_update_marketing, execute_upload_logo};

use super::Call;
use crate::ContractError;

/// Changes the marketing info.
pub fn update(
    call: Call,
    project: Option<String>,
    description: Option<String>,
    marketing: Option<String>,
) -> Result<Response, ContractError> {
    Ok(execute_update_marketing(call.deps, call.env, call.info, project, description, marketing)?)
}

/// Sets the logo.
pub fn upload_logo(call: Call, logo: Logo) -> Result<Response, ContractError> {
    Ok(execute_upload_logo(call.deps, call.env, call.info, logo)?)
}
