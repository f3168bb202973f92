//! Llama-style language models that can be trained, adapted and looked into.
//!
//! A model ([`model`]) is a Llama decoder as Hugging Face stores it ([`config`], [`files`], [`tokenizer`]), alone or with a LoRA adapter as
//! PEFT stores it ([`lora`]). Its backward pass is written out ([`operations`]) and shows every linear map's inputs and output gradients to a
//! [`tap`], which makes of them what it likes: weight gradients for training ([`train`]), or what attribution needs, without ever forming
//! a weight gradient per sample. Sequences are packed into blocks of fixed shape ([`pack`]), each row of which belongs to one item.
//! A trained model generates by [`decode`], token by token for many sequences at once.
//!
//! There is no chain and no network in this crate. Every result is a function of its inputs; the number of threads changes none.

pub mod config;
pub mod data;
pub mod decode;
pub mod evaluate;
pub mod files;
pub mod lora;
pub mod loss;
pub mod model;
pub mod operations;
pub mod optimizer;
pub mod pack;
pub mod surprise;
pub mod tap;
pub mod tokenizer;
pub mod train;
pub mod values;
pub mod weights;

mod checkpoint;
mod initial;
mod vector;
