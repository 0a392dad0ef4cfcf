//! What the workspace promises of its crates.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking and say what they skip"
)]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).exec().unwrap()
}

/// Everything that a package needs to be built, itself left out.
fn needs(metadata: &Metadata, package: &PackageId) -> BTreeSet<PackageId> {
    let nodes: BTreeMap<_, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|node| (&node.id, node)).collect();
    let mut found = BTreeSet::new();
    let mut open = vec![package];
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            let is_needed = dependency
                .dep_kinds
                .iter()
                .any(|kind| matches!(kind.kind, DependencyKind::Normal | DependencyKind::Build));
            if is_needed && found.insert(dependency.pkg.clone()) {
                open.push(&dependency.pkg);
            }
        }
    }
    found
}

#[test]
fn no_crate_asks_for_an_older_compiler_than_its_dependencies() {
    let metadata = metadata();
    let mut checked = 0;
    for package in metadata.workspace_packages() {
        let own = package.rust_version.as_ref().expect("every crate names its rust-version");
        for id in needs(&metadata, &package.id) {
            let dependency = &metadata[&id];
            if let Some(version) = &dependency.rust_version {
                assert!(
                    version <= own,
                    "{} needs {version}, {} says {own}",
                    dependency.name,
                    package.name
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

#[test]
fn the_core_knows_no_runtime_and_no_framework() {
    let metadata = metadata();
    let core = metadata.workspace_packages().into_iter().find(|p| *p.name == "hookgate").unwrap();
    let names: BTreeSet<_> =
        needs(&metadata, &core.id).iter().map(|id| metadata[id].name.to_string()).collect();
    assert!(names.contains("hmac"), "{names:?}");
    for runtime in [
        "tokio",
        "async-std",
        "smol",
        "futures-executor",
        "hyper",
        "tower",
        "tower-service",
        "axum",
        "axum-core",
        "actix-web",
        "actix-rt",
        "http-body",
    ] {
        assert!(!names.contains(runtime), "{runtime}");
    }
}

/// Before a verdict, too, a body may be decompressed. `miniz_oxide` builds its tables anew for each
/// block: 2 MiB of empty ones, which nobody needs a key to send, keep it busy for ten seconds and
/// more, and `zlib-rs` for a tenth of one.
#[test]
fn what_decompresses_is_fast_on_hostile_streams() {
    let metadata = metadata();
    let core = metadata.workspace_packages().into_iter().find(|p| *p.name == "hookgate").unwrap();
    for flate2 in core.dependencies.iter().filter(|needed| needed.name == "flate2") {
        assert_eq!(flate2.features, ["zlib-rs"]);
        assert!(!flate2.uses_default_features);
    }
    let names: BTreeSet<_> =
        needs(&metadata, &core.id).iter().map(|id| metadata[id].name.to_string()).collect();
    assert!(names.contains("zlib-rs"), "{names:?}");
}

#[test]
fn the_layers_point_one_way() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("hookgate", &[][..]),
        ("hookgate-tower", &["hookgate"][..]),
        ("hookgate-axum", &["hookgate", "hookgate-tower"][..]),
        ("hookgate-actix", &["hookgate"][..]),
        ("hookgate-replay", &["hookgate"][..]),
        ("hookgate-cache", &["hookgate"][..]),
    ]);
    for package in metadata.workspace_packages() {
        let Some(allowed) = allowed.get(package.name.as_str()) else {
            assert!(
                package.publish.as_ref().is_some_and(Vec::is_empty),
                "{} has no place among the layers",
                package.name
            );
            continue;
        };
        for id in needs(&metadata, &package.id) {
            let name = metadata[&id].name.as_str();
            assert!(
                !name.starts_with("hookgate") || allowed.contains(&name),
                "{} -> {name}",
                package.name
            );
        }
    }
}
