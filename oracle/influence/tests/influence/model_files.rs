//! Weights on disk and their hash.

use influence::hex;
use influence::mlp::{Architecture, Mlp, MlpError, ensemble_hash};

fn architecture() -> Architecture {
    Architecture::new(&[3, 4, 2]).expect("a network")
}

#[test]
fn saved_weights_are_read_back_bit_by_bit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("member.safetensors");
    let model = Mlp::initial(architecture(), 3);
    model.save(&path).expect("writable");
    assert_eq!(Mlp::load(architecture(), &path).expect("just written"), model);
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1, "no partial file is left");
}

#[test]
fn a_file_of_another_shape_is_refused_by_tensor() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("member.safetensors");
    Mlp::initial(architecture(), 3).save(&path).expect("writable");
    let wider = Architecture::new(&[3, 5, 2]).expect("a network");
    let refused = Mlp::load(wider, &path);
    assert!(matches!(refused, Err(MlpError::Tensor { tensor, .. }) if tensor == "layer.0.weight"));
}

#[test]
fn a_truncated_file_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("member.safetensors");
    Mlp::initial(architecture(), 3).save(&path).expect("writable");
    let bytes = std::fs::read(&path).expect("readable");
    std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("writable");
    assert!(matches!(Mlp::load(architecture(), &path), Err(MlpError::File { operation: "load", .. })));
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    let mut weights = Mlp::initial(architecture(), 3).weights().to_vec();
    weights[7] = f32::NAN;
    assert!(matches!(Mlp::from_weights(architecture(), weights), Err(MlpError::NotFinite(7))));
}

#[test]
fn layers_that_are_no_network_are_refused() {
    for layers in [&[][..], &[3], &[3, 0, 2], &[3, 70_000]] {
        assert!(matches!(Architecture::new(layers), Err(MlpError::Layers(_))), "{layers:?}");
    }
}

#[test]
fn the_hash_is_of_layers_and_weights() {
    // Python: t=b'influence/mlp/1'; l=b''.join(n.to_bytes(8,'big') for n in (1,1)); w=struct.pack('<2f',0.5,-2);
    // sha256(b''.join(len(p).to_bytes(8,'big')+p for p in (t,l,w))).hexdigest()
    let tiny = Mlp::from_weights(Architecture::new(&[1, 1]).expect("a network"), vec![0.5, -2.0]).expect("2 weights");
    assert_eq!(hex(&tiny.hash()), "bedbe57a98a93c00302f1427020b4f9876e9c3e1704666603e733527edeeedac");
}

#[test]
fn an_ensembles_hash_depends_on_every_member_and_their_order() {
    let [first, second] = [3, 4].map(|seed| Mlp::initial(architecture(), seed));
    assert_ne!(ensemble_hash(&[first.clone(), second.clone()]), ensemble_hash(&[second, first.clone()]));
    assert_ne!(ensemble_hash(std::slice::from_ref(&first)), first.hash());
}
