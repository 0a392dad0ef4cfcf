//! Mutations that are the same on every machine, for the replay on stable.

/// Texts that mean something to some reader.
const TOKENS: &[&str] = &[
    "{hex}",
    "{HEX}",
    "{b64}",
    "{old}",
    "{old64}",
    "{one}",
    "{two}",
    "{decoy}",
    "{js}",
    "{io}",
    "{body}",
    "{ts}",
    "{id}",
    "NOW",
    ",",
    ".",
    ":",
    "=",
    "==",
    "; ",
    "=>",
    " ",
    "\n",
    "\n\n",
    "v1",
    "v1=",
    "v1,",
    "sha256=",
    "0x",
    "\\ud800",
    "\\udc00",
    "\\u0074",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "\"type\":",
    "\"id\":",
    "\"event\":",
    "\"data\":",
    "\"a/b\":",
    "\"~\":",
    "\"known\"",
    "1e21",
    "1e-7",
    "-0",
    "1e400",
    "0.1",
    "4294967295",
    "\u{feff}",
    "\u{7f}",
    "\0",
    "é",
    "%2F",
    "%3a",
    "%00",
    "%",
    "/",
    "//",
    "..",
    "GET",
    "POST",
    "HEAD",
    "CREATE",
    "entityId",
    "eventType",
    "entityType",
    "x-signature: ",
    "x-event: ",
    "?challenge=",
    "ping:",
    "content-length: ",
    "1700000301",
    "1699999700",
    "true",
    "null",
];

/// An endless row of mutations of some seeds, drawn from a small generator (xorshift64*).
#[derive(Clone, Debug)]
pub struct Mutations<'s> {
    seeds: &'s [Vec<u8>],
    state: u64,
}

impl<'s> Mutations<'s> {
    /// The row that a number stands for, over these seeds.
    pub fn new(seeds: &'s [Vec<u8>], number: u64) -> Self {
        Self { seeds, state: number | 1 }
    }

    /// A number below `bound`, 0 where there is none.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let drawn = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or_default().checked_rem(bound).unwrap_or_default()
    }

    fn seed(&mut self) -> &'s [u8] {
        let at = self.below(self.seeds.len());
        self.seeds.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    fn part<'a>(&mut self, of: &'a [u8]) -> &'a [u8] {
        let start = self.below(of.len());
        let length = self.below(24.min(of.len().saturating_sub(start))).saturating_add(1);
        of.get(start..start.saturating_add(length)).unwrap_or_default()
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len().saturating_add(1));
        let end = at.saturating_add(self.below(8)).min(input.len());
        match self.below(7) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => {
                let byte = u8::try_from(self.below(256)).unwrap_or_default();
                input.insert(at, byte);
            }
            2 => drop(input.drain(at..end)),
            3 => {
                let token = TOKENS.get(self.below(TOKENS.len())).copied().unwrap_or_default();
                input.splice(at..at, token.bytes());
            }
            4 => {
                let token = TOKENS.get(self.below(TOKENS.len())).copied().unwrap_or_default();
                input.splice(at..end, token.bytes());
            }
            5 => {
                let copy = self.part(&input.clone()).to_vec();
                input.splice(at..at, copy);
            }
            _ => {
                let other = self.seed();
                let other = self.part(other).to_vec();
                input.splice(at..end, other);
            }
        }
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.seed().to_vec();
        for _ in 0..=self.below(5) {
            self.mutate(&mut input);
        }
        Some(input)
    }
}
