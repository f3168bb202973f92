//! Models made from others.

use protocol::model::{ExecuteMsg, ModelKind, NewModel, Parent, Terms};
use protocol::{Bps, ModelId};

use super::{Batch, World, new_model};

/// Terms of an adapter: owner 20 %, stake 10 %, influence 40 %, parents 30 %.
pub fn adapter_terms(world: &World) -> Terms {
    let (influence, parents) = (Bps(4_000), Bps(3_000));
    Terms { influence, parents, ..world.setup.terms.clone() }
}

/// An adapter on top of models that share its parents' part as given.
pub fn new_adapter(world: &World, parents: &[(ModelId, u16)]) -> NewModel {
    NewModel {
        name: "test-adapter".to_owned(),
        kind: ModelKind::Adapter,
        terms: adapter_terms(world),
        parents: parents.iter().map(|&(model, share)| Parent { model, share: Bps(share) }).collect(),
        ..new_model(world)
    }
}

impl World {
    /// A served adapter on top of the world's model, with one contribution of its own and a channel of the payer. Ends at the start of
    /// an epoch. The world's model stays what it was: [`World::with_model`] acts on the adapter.
    pub fn adapter(&mut self, deposit: u128) -> ModelId {
        let new = new_adapter(self, &[(self.model, Bps::WHOLE.0)]);
        let adapter = self.create_model(new).expect("the adapter is valid");
        self.with_model(adapter, |world| world.serve("adapter text", deposit));
        adapter
    }

    /// Makes a new model fit to be paid for: a contribution of the last contributor, a version, validation examples, a channel.
    pub fn serve(&mut self, name: &str, deposit: u128) {
        let contributor = self.accounts.contributors.last().expect("there is one contributor more");
        let mut batch = Batch::named(contributor, name, 30);
        self.contribute(&mut batch).expect("the contribution is valid");
        let append = ExecuteMsg::AppendContributions { model: self.model, contributions: vec![batch.id] };
        self.by_owner(&append).expect("the contribution is accepted");
        self.register_version().expect("the manifest fits the model");
        self.approve_validation(self.setup.validation);
        self.to_next_epoch();
        let payer = self.accounts.payer.clone();
        self.open_channel(&payer, deposit).expect("the payer has OPEN and the model is served");
    }
}
