//! An answer as it streams by: passed on line by line, its text gathered, the charge taken out.

use serde_json::Value;

use crate::x402::PAYMENT_RESPONSE;

/// What was seen of a stream.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The text so far.
    pub text: String,
    /// All that was for the client so far.
    pub passed: Vec<u8>,
    /// The charge, as the header would have it.
    pub settled: Option<String>,
    /// Whether the gateway told of an error.
    pub has_failed: bool,
    rest: Vec<u8>,
}

impl Gathered {
    /// Takes further bytes, and returns the whole lines among them that are for the client; what ends the stream is kept back, see [`Self::is_done`].
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.rest.extend_from_slice(bytes);
        let mut passed = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            if self.read(&line) {
                passed.extend(line);
            }
        }
        self.passed.extend_from_slice(&passed);
        passed
    }

    /// Reads a line; whether it is for the client now.
    fn read(&mut self, line: &[u8]) -> bool {
        let Ok(line) = std::str::from_utf8(line) else { return true };
        if let Some(comment) = line.strip_prefix(':') {
            if let Some(settled) = comment.trim().strip_prefix(PAYMENT_RESPONSE) {
                self.settled = Some(settled.trim().to_owned());
                return false;
            }
            return true;
        }
        let Some(data) = line.strip_prefix("data:") else { return true };
        let data = data.trim();
        if data == "[DONE]" {
            return false;
        }
        if let Ok(chunk) = serde_json::from_str::<Value>(data) {
            self.has_failed |= chunk.get("error").is_some();
            let choice = &chunk["choices"][0];
            let bit = choice["delta"]["content"].as_str().or_else(|| choice["text"].as_str());
            self.text.push_str(bit.unwrap_or_default());
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_gathered_and_the_charge_taken_out_wherever_the_bytes_are_cut() {
        let stream = concat!(
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"é \"}}]}\n\n",
            ": alive\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n",
            ": payment-response eyJ9\n\n",
            "data: [DONE]\n\n",
        );
        for size in 1..40 {
            let mut gathered = Gathered::default();
            let passed: Vec<u8> = stream.as_bytes().chunks(size).flat_map(|bytes| gathered.take(bytes)).collect();
            let passed = String::from_utf8(passed).expect("lines are whole");
            assert_eq!((gathered.text.as_str(), gathered.settled.as_deref()), ("é b", Some("eyJ9")));
            assert!(!passed.contains("payment-response") && !passed.contains("[DONE]") && passed.contains("alive"));
            assert_eq!(passed.matches("data:").count(), 3);
        }
    }

    #[test]
    fn a_failure_in_a_stream_is_noticed() {
        let mut gathered = Gathered::default();
        gathered.take(b"data: {\"error\":{\"message\":\"no\"}}\n\n");
        assert!(gathered.has_failed);
    }
}
