//! The devnet as a node that can be killed, halted and deleted.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// A devnet, deleted when dropped.
pub struct Node {
    root: PathBuf,
    name: String,
}

impl Node {
    /// Makes it.
    ///
    /// # Errors
    /// If the script fails, with what it says.
    pub fn up(root: &Path, name: &str) -> Result<Self> {
        let node = Self { root: root.to_owned(), name: name.to_owned() };
        node.run("up")?;
        Ok(node)
    }

    /// Runs `scripts/devnet COMMAND`, beside what is asynchronous.
    ///
    /// # Errors
    /// If the script fails, with what it says.
    pub fn run(&self, command: &str) -> Result<()> {
        let mut script = Command::new(self.root.join("scripts/devnet"));
        script.args([command, "--name", &self.name]).stdin(Stdio::null());
        let done = tokio::task::block_in_place(|| script.output()).context("cannot run scripts/devnet")?;
        ensure!(done.status.success(), "scripts/devnet {command}: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    /// Where it runs.
    pub fn folder(&self) -> PathBuf {
        self.root.join("devnet").join(format!("run-{}", self.name))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Err(error) = self.run("reset") {
            eprintln!("{error:#}");
        }
    }
}
