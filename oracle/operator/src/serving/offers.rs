//! What a gateway serves: the models that name its account, each at its latest version, adapters beside the base that they stand on.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Result;
use gateway::{
    engine::{Engine as Generator, Limits, Loaded},
    service::{Chat, Classifies, Offer, Serves, Texts},
    template::Template,
};
use influence::language::LanguageModel;
use protocol::{
    ModelId,
    model::{Model, PriceSheet, QueryMsg as ModelQuery, Version},
};
use rules::hash::Hash;

use crate::{
    config::setting::Serve,
    node::{Engine, is_of_language},
    training::{self, Served, language},
};

/// What decides whether the catalogue is still the same: of each model its version and sheet.
type Edition = BTreeMap<u64, (u32, u32)>;

/// The models of a gateway.
pub struct Catalogue {
    engine: Engine,
    gateway: String,
    wanted: Serve,
    limits: Limits,
    edition: Edition,
    loaded: BTreeMap<u64, (u32, Loading)>,
    generator: Option<Generating>,
}

/// What generates.
struct Generating {
    engine: Generator,
    /// The versions of language models that it was started with.
    versions: BTreeMap<u64, u32>,
    /// What each of the models is called in it.
    names: BTreeMap<u64, String>,
}

/// A version that was loaded.
#[derive(Clone)]
enum Loading {
    Text(Arc<LanguageModel>, Option<Arc<Chat>>),
    Image(Arc<Served>),
}

impl Classifies for Served {
    fn classify(&self, prompt: &[u8]) -> Result<u16, String> {
        crate::gateway::Classifier::classify(self, prompt)
    }
}

impl Catalogue {
    /// Of a gateway's account and those of its models that it wants; nothing is loaded yet.
    pub fn new(engine: Engine, gateway: String, wanted: Serve, limits: Limits) -> Self {
        Self { engine, gateway, wanted, limits, edition: Edition::new(), loaded: BTreeMap::new(), generator: None }
    }

    /// All offers, if there is anything new.
    pub async fn renewed(&mut self) -> Result<Option<Vec<Offer>>> {
        let edition = edition(&self.registered().await?);
        if edition == self.edition { Ok(None) } else { self.offers().await.map(Some) }
    }

    /// All offers.
    pub async fn offers(&mut self) -> Result<Vec<Offer>> {
        let registered = self.registered().await?;
        for model in &registered {
            self.load(model).await;
        }
        self.start()?;
        let mut offers = Vec::new();
        for model in &registered {
            if let Some(offer) = self.offer(model, &registered).await? {
                offers.push(offer);
            }
        }
        self.edition = edition(&registered);
        Ok(offers)
    }

    /// Models that name this gateway and have a version.
    async fn registered(&self) -> Result<Vec<Model>> {
        let models = self.engine.contracts.models().await?;
        let is_served = |model: &Model| {
            model.gateway.as_str() == self.gateway && model.versions > 0 && self.wanted.serves(model.id)
        };
        Ok(models.into_iter().filter(is_served).collect())
    }

    /// Loads a model's latest version. One that cannot be loaded does not keep the others from being served.
    async fn load(&mut self, model: &Model) {
        let (id, number) = (model.id.get(), model.versions);
        if self.loaded.get(&id).is_some_and(|(loaded, _)| *loaded == number) {
            return;
        }
        match self.fetch(model.id, number).await {
            Ok(loading) => drop(self.loaded.insert(id, (number, loading))),
            Err(error) => {
                tracing::error!(
                    model = id,
                    version = number,
                    error = format!("{error:#}"),
                    "a version cannot be served; the one before is, if there is one"
                );
            }
        }
    }

    async fn fetch(&self, model: ModelId, number: u32) -> Result<Loading> {
        let version = self.version(model, number).await?;
        let record = self.engine.contracts.model_record(model).await?;
        let method = self.engine.contracts.method(record.method).await?;
        if is_of_language(&method) {
            let loaded = language::load_published(&self.engine.published, &version.manifest).await?;
            let chat = chat(&loaded, version.registered_at.get())?;
            return Ok(Loading::Text(Arc::new(loaded), chat.map(Arc::new)));
        }
        let trained = training::load_published(&self.engine.published, &version.manifest).await?;
        Ok(Loading::Image(Arc::new(trained.served())))
    }

    async fn version(&self, model: ModelId, number: u32) -> Result<Version> {
        Ok(self.engine.contracts.model(&ModelQuery::Version { model, number }).await?)
    }

    /// Starts generation anew if another language model is to be served. What the engine before still answers is answered.
    fn start(&mut self) -> Result<()> {
        let texts: BTreeMap<u64, (u32, Arc<LanguageModel>)> = self
            .loaded
            .iter()
            .filter_map(|(id, (number, loading))| match loading {
                Loading::Text(model, _) => Some((*id, (*number, Arc::clone(model)))),
                Loading::Image(_) => None,
            })
            .collect();
        let numbers: BTreeMap<u64, u32> = texts.iter().map(|(id, (number, _))| (*id, *number)).collect();
        if numbers.is_empty() || self.generator.as_ref().is_some_and(|generating| generating.versions == numbers) {
            return Ok(());
        }
        let (bases, names) = by_base(&texts)?;
        let engine = Generator::start(bases, self.limits)?;
        self.generator = Some(Generating { engine, versions: numbers, names });
        Ok(())
    }

    async fn offer(&self, model: &Model, all: &[Model]) -> Result<Option<Offer>> {
        let Some((number, loading)) = self.loaded.get(&model.id.get()) else { return Ok(None) };
        let query = ModelQuery::PriceSheet { model: model.id, version: model.price_sheet };
        let sheet: PriceSheet = self.engine.contracts.model(&query).await?;
        let serves = match (loading, &self.generator) {
            (Loading::Image(served), _) => Serves::Labels(Arc::clone(served) as Arc<dyn Classifies>),
            (Loading::Text(text, chat), Some(Generating { engine, names, .. })) => Serves::Texts(Texts {
                engine: engine.clone(),
                name: names.get(&model.id.get()).cloned().unwrap_or_default(),
                prompt_tokens: text.manifest().prompt_tokens(),
                chat: chat.clone(),
            }),
            (Loading::Text(..), None) => return Ok(None),
        };
        let is_alone = all.iter().filter(|other| other.name == model.name).count() == 1;
        Ok(Some(Offer {
            name: if is_alone { model.name.clone() } else { format!("{}-{}", model.name, model.id) },
            model: model.id,
            version: *number,
            owner: model.owner.clone(),
            since: self.version(model.id, *number).await?.registered_at.get(),
            sheet,
            serves,
        }))
    }
}

fn edition(models: &[Model]) -> Edition {
    models.iter().map(|model| (model.id.get(), (model.versions, model.price_sheet))).collect()
}

/// How a version is talked to, if it brings a template along.
fn chat(text: &LanguageModel, registered_at: u64) -> Result<Option<Chat>> {
    let Some(chat) = &text.manifest().chat else { return Ok(None) };
    let template = Template::new(chat, registered_at)?;
    Ok(Some(Chat { template, manifest: text.manifest().canonical_bytes() }))
}

/// The token that ends an answer of a version that is talked to by a template.
fn end_of(text: &LanguageModel) -> Result<Option<u32>> {
    let end = text.manifest().chat.as_ref().and_then(|chat| chat.end());
    let Some(end) = end else { return Ok(None) };
    let tokens = text.tokenizer().encode(end, false)?;
    Ok(if let [token] = tokens[..] { Some(token) } else { None })
}

/// Language models as an engine takes them, and what each is called there: one base for all that stand on the same weights and read with the same tokenizer. Models that are
/// the same weights, as when one is registered again, are one: nobody's model keeps another from being served.
fn by_base(texts: &BTreeMap<u64, (u32, Arc<LanguageModel>)>) -> Result<(Vec<Loaded>, BTreeMap<u64, String>)> {
    let mut bases: BTreeMap<Hash, Loaded> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (id, (_, text)) in texts {
        let (base, model) = (text.base()?, text.model());
        let loaded = bases.entry(*base.hash()).or_insert_with(|| Loaded {
            name: format!("base-{}", hex::encode(base.hash())),
            weights: model.weights().clone(),
            tokenizer: text.tokenizer().clone(),
            ends: Vec::new(),
            adapters: Vec::new(),
        });
        loaded.ends.extend(end_of(text)?.filter(|end| !loaded.ends.contains(end)));
        let name = match model.adapter() {
            None => loaded.name.clone(),
            Some(adapter) => {
                let name = format!("model-{id}");
                loaded.adapters.push((name.clone(), adapter.clone()));
                name
            }
        };
        names.insert(*id, name);
    }
    Ok((bases.into_values().collect(), names))
}
