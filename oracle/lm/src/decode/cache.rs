//! Keys and values of a sequence. They grow page by page, so that a sequence takes memory as it becomes longer and none of it is ever moved.

use candle_core::{DType, Device, Result, Tensor};

use super::AdapterId;

/// Tokens of a page.
pub const PAGE: usize = 64;

/// Sizes of what is kept of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub layers: usize,
    /// Of keys and values.
    pub heads: usize,
    /// Of a head.
    pub width: usize,
    /// Of a number.
    pub bytes: usize,
}

impl Layout {
    /// Numbers of the keys or values of one head and layer in one page.
    fn strip(&self) -> usize {
        PAGE * self.width
    }

    fn page(&self) -> usize {
        2 * self.layers * self.heads * self.strip()
    }

    pub fn bytes_of(&self, tokens: usize) -> usize {
        tokens.div_ceil(PAGE) * self.page() * self.bytes
    }
}

/// Tokens that were fed to a [`super::Decoder`], as their keys and values.
#[derive(Debug)]
pub struct Sequence {
    adapter: Option<AdapterId>,
    length: usize,
    layout: Layout,
    cache: Cache,
}

#[derive(Debug)]
enum Cache {
    Pages(Pages),
    Tensors(Tensors),
}

impl Sequence {
    pub(super) fn of_pages(layout: Layout, adapter: Option<AdapterId>) -> Self {
        Self { adapter, length: 0, layout, cache: Cache::Pages(Pages { layout, pages: Vec::new() }) }
    }

    pub(super) fn of_tensors(layout: Layout, adapter: Option<AdapterId>) -> Self {
        Self { adapter, length: 0, layout, cache: Cache::Tensors(Tensors { layout, layers: Vec::new() }) }
    }

    /// The adapter that computes it.
    pub fn adapter(&self) -> Option<AdapterId> {
        self.adapter
    }

    /// Tokens so far.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it has no tokens.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes that its keys and values take, in whole pages of [`PAGE`] tokens.
    pub fn bytes(&self) -> usize {
        let pages = match &self.cache {
            Cache::Pages(pages) => pages.pages.len(),
            Cache::Tensors(tensors) => tensors.capacity() / PAGE,
        };
        self.layout.bytes_of(pages * PAGE)
    }

    /// Forgets all tokens after the first `length`. Pages that become empty are given back where the cache is pages; tensors keep their size.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        if let Cache::Pages(pages) = &mut self.cache {
            pages.pages.truncate(self.length.div_ceil(PAGE));
        }
    }

    pub(super) fn is_of(&self, layout: Layout) -> bool {
        self.layout == layout
    }

    pub(super) fn has_pages(&self) -> bool {
        matches!(self.cache, Cache::Pages(_))
    }

    pub(super) fn lengthen(&mut self, tokens: usize) {
        self.length += tokens;
    }

    pub(super) fn pages(&self) -> &Pages {
        match &self.cache {
            Cache::Pages(pages) => pages,
            Cache::Tensors(_) => unreachable!("`Decoder::check` lets only sequences with pages come here"),
        }
    }

    pub(super) fn pages_mut(&mut self) -> &mut Pages {
        match &mut self.cache {
            Cache::Pages(pages) => pages,
            Cache::Tensors(_) => unreachable!("`Decoder::check` lets only sequences with pages come here"),
        }
    }

    pub(super) fn tensors_mut(&mut self) -> &mut Tensors {
        match &mut self.cache {
            Cache::Tensors(tensors) => tensors,
            Cache::Pages(_) => unreachable!("`Decoder::check` lets only sequences with tensors come here"),
        }
    }
}

/// Keys and values as slices, each page `[layers, 2, heads, PAGE, width]`.
#[derive(Debug)]
pub(super) struct Pages {
    layout: Layout,
    pages: Vec<Vec<f32>>,
}

/// Keys or values.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Key = 0,
    Value = 1,
}

impl Pages {
    /// Makes room for so many tokens.
    pub fn reach(&mut self, tokens: usize) {
        while self.pages.len() * PAGE < tokens {
            self.pages.push(vec![0.0; self.layout.page()]);
        }
    }

    /// Puts a row of all heads, `[heads · width]`, at a position.
    pub fn put(&mut self, layer: usize, kind: Kind, position: usize, row: &[f32]) {
        let (page, place) = (position / PAGE, position % PAGE);
        for (head, numbers) in row.chunks_exact(self.layout.width).enumerate() {
            let start = self.start(layer, kind, head) + place * self.layout.width;
            self.pages[page][start..][..self.layout.width].copy_from_slice(numbers);
        }
    }

    /// Keys or values of one head at the first `count` positions, in parts `[≤ PAGE, width]`.
    pub fn strips(&self, layer: usize, kind: Kind, head: usize, count: usize) -> impl Iterator<Item = &[f32]> {
        let start = self.start(layer, kind, head);
        let rest = move |page: usize| (count - page * PAGE).min(PAGE) * self.layout.width;
        let used = self.pages[..count.div_ceil(PAGE)].iter().enumerate();
        used.map(move |(page, numbers)| &numbers[start..][..rest(page)])
    }

    fn start(&self, layer: usize, kind: Kind, head: usize) -> usize {
        ((2 * layer + kind as usize) * self.layout.heads + head) * self.layout.strip()
    }
}

/// Keys and values as tensors.
#[derive(Debug)]
pub(super) struct Tensors {
    layout: Layout,
    /// Keys and values of each layer, `[heads, capacity, width]`.
    layers: Vec<[Tensor; 2]>,
}

impl Tensors {
    fn capacity(&self) -> usize {
        self.layers.first().map_or(0, |[keys, _]| keys.dims()[1])
    }

    /// Makes room for so many tokens.
    pub fn reach(&mut self, tokens: usize, dtype: DType, device: &Device) -> Result<()> {
        let (before, capacity) = (self.capacity(), tokens.div_ceil(PAGE) * PAGE);
        if before >= capacity {
            return Ok(());
        }
        let room = || Tensor::zeros((self.layout.heads, capacity, self.layout.width), dtype, device);
        let wider = |old: Option<&Tensor>| -> Result<Tensor> {
            let wider = room()?;
            if let Some(old) = old {
                wider.slice_set(old, 1, 0)?;
            }
            Ok(wider)
        };
        let layer = |layer: usize| -> Result<[Tensor; 2]> {
            let old = self.layers.get(layer);
            Ok([wider(old.map(|[keys, _]| keys))?, wider(old.map(|[_, values]| values))?])
        };
        self.layers = (0..self.layout.layers).map(layer).collect::<Result<_>>()?;
        Ok(())
    }

    /// Puts keys and values `[heads, rows, width]` after the first `past` tokens and gives those of all tokens with them.
    pub fn put(&self, layer: usize, past: usize, new: [&Tensor; 2]) -> Result<[Tensor; 2]> {
        let [keys, values] = &self.layers[layer];
        let all = past + new[0].dim(1)?;
        let put = |kept: &Tensor, new: &Tensor| -> Result<Tensor> {
            kept.slice_set(new, 1, past)?;
            kept.narrow(1, 0, all)
        };
        Ok([put(keys, new[0])?, put(values, new[1])?])
    }
}
