//! What can be seen on this machine: key, folder, disk, objects, keys of private DataNets, GPU.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use chain::{Deployment, Signer};

use super::{Finding, whole};
use crate::{
    config::{Config, ConfigError, KeySource, ObjectsUrl},
    keys::DatanetKeys,
    published::Published,
    secrets::{self, SecretsError},
    telemetry::gpu::Gpus,
};

const MIB: u64 = 1 << 20;
/// Free disk under which nothing that is promised could be kept, in bytes.
const NEARLY_FULL: u64 = 16 * MIB;

/// The key, its file and its account.
pub(super) fn key(source: &KeySource, loaded: Result<&Signer, &SecretsError>) -> Finding {
    let signer = match loaded {
        Ok(signer) => signer,
        Err(error) => {
            return Finding::fail(
                "key",
                whole(error),
                "`oracle keys --import` takes a phrase; `oracle init` makes one",
            );
        }
    };
    let what = format!("{} from {}", signer.address(), secrets::place(source));
    match source {
        KeySource::MnemonicFile(path) | KeySource::KeyFile(path) if secrets::is_folder_open(path) => {
            let folder = path.parent().unwrap_or(Path::new(".")).display().to_string();
            Finding::warn("key", format!("{what}; others can replace it in {folder}"), format!("chmod go-w {folder}"))
        }
        _ => Finding::ok("key", what),
    }
}

/// Whether what is promised can be kept.
pub(super) fn home(home: &Path) -> Finding {
    match write_and_remove(home) {
        Ok(()) => Finding::ok("home", format!("{} can be written", home.display())),
        Err(error) => Finding::fail(
            "home",
            format!("{} cannot be written: {error}", home.display()),
            "give the folder to the user that runs the service, or free the disk; nothing is sent that cannot be kept",
        ),
    }
}

/// Writes a file as the store does, to the disk, and takes it away.
fn write_and_remove(home: &Path) -> io::Result<()> {
    let path = home.join(format!(".doctor-{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut file| {
        file.write_all(&[0; 4_096])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    written.and(removed)
}

/// Free disk.
pub(super) fn disk(config: &Config) -> Finding {
    let stat = match rustix::fs::statvfs(&config.home) {
        Ok(stat) => stat,
        Err(error) => return Finding::warn("disk", format!("cannot be looked at: {error}"), "look at `home`"),
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let what = format!("{} MiB free under {}", free / MIB, config.home.display());
    let wanted = config.watch.free_disk_mib.saturating_mul(MIB);
    let advice = "free some; the cache may be deleted, the store may not";
    match free {
        free if free < NEARLY_FULL => Finding::fail("disk", what, advice),
        free if free < wanted => {
            Finding::warn("disk", format!("{what}, below {} MiB", config.watch.free_disk_mib), advice)
        }
        _ => Finding::ok("disk", what),
    }
}

/// Whether published objects can be read.
pub(super) async fn objects(config: &Config) -> Finding {
    let url = &config.objects.url;
    if let ObjectsUrl::Folder(path) = url
        && let Err(error) = fs::read_dir(path)
    {
        let what = format!("{} cannot be read: {error}", path.display());
        return Finding::fail(
            "objects",
            what,
            "mount or make the folder, or mend `objects.url`; without it all receipts are missing",
        );
    }
    let published = match Published::open(&url.address()) {
        Ok(published) => published,
        Err(error) => {
            return Finding::fail("objects", whole(&error), "mend `objects.url` or the variables that it names");
        }
    };
    // Nothing has this name: what counts is that the store says so.
    match published.has_segment(&[0; 32]).await {
        Ok(_) => Finding::ok("objects", format!("{url} answers")),
        Err(error) => Finding::fail("objects", whole(&error), "mend `objects.url`, its credentials or the network"),
    }
}

/// The keys of private DataNets that are held.
pub(super) fn datanet_keys(config: &Config) -> (DatanetKeys, Option<Finding>) {
    let Some(path) = &config.objects.datanet_keys else { return (DatanetKeys::none(), None) };
    match DatanetKeys::load(path) {
        Ok(keys) => (keys, None),
        Err(error) => {
            let do_what = "mend the file, or ask the DataNets' owners for their keys";
            (DatanetKeys::none(), Some(Finding::fail("datanet keys", whole(&error), do_what)))
        }
    }
}

/// The GPUs. None is no fault: the engine runs on processors too.
pub(super) fn gpus() -> Vec<Finding> {
    let Some(gpus) = Gpus::find() else { return vec![Finding::ok("gpu", "none: the processor does the work")] };
    let shown = |gpu: crate::telemetry::gpu::Gpu| {
        let (index, name) = (gpu.index, gpu.name);
        Finding::ok("gpu", format!("{index}: {name}, {} of {} MiB in use", gpu.used / MIB, gpu.total / MIB))
    };
    gpus.list().into_iter().map(shown).collect()
}

/// The contracts' addresses.
pub(super) fn deployment(config: &Config, deployment: Result<&Deployment, &ConfigError>) -> Finding {
    match deployment {
        Ok(deployment) => {
            Finding::ok("deployment", format!("{} on {}", config.chain.deployment.display(), deployment.chain_id))
        }
        Err(error) => Finding::fail("deployment", whole(error), "get the file from whoever deployed the contracts"),
    }
}
