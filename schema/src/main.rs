//! Writes the JSON schema of every contract's messages into `schema/<contract>.json`, from the crate `protocol` alone.
//! `scripts/schema` runs it and makes the TypeScript types from the files; `scripts/schema --check` tells whether they are fresh.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cosmwasm_schema::generate_api;

macro_rules! api {
    ($name:literal, $messages:path) => {{
        use $messages as messages;
        (
            $name,
            generate_api! {
                name: $name,
                instantiate: messages::InstantiateMsg,
                execute: messages::ExecuteMsg,
                query: messages::QueryMsg,
                migrate: messages::MigrateMsg,
            },
        )
    }};
}

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let apis = [
        api!("open-token", protocol::open_token),
        api!("datanet", protocol::datanet),
        api!("model", protocol::model),
        api!("stake", protocol::stake),
        api!("attribution", protocol::attribution),
        api!("settlement", protocol::settlement),
        api!("timelock", protocol::timelock),
    ];
    for (name, api) in apis {
        let json =
            api.render().to_string().map_err(|error| anyhow::anyhow!("cannot render the schema of {name}: {error}"))?;
        write(&folder.join(name).with_extension("json"), &json)?;
    }
    Ok(())
}

fn write(path: &Path, json: &str) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, format!("{json}\n")).with_context(|| format!("cannot write {}", path.display()))
}
