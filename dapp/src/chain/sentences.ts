// What contracts say, for people: sentences instead of those that name messages, or that only say what is wrong. Most contracts'
// errors already say what to do; they are shown as they are. A test holds this table to contracts/*/src/error.rs.

/** Patterns of contracts' errors, and the sentence instead. The first that fits counts. */
export const contractSentences: readonly (readonly [RegExp, string])[] = [
  // anybody
  [/takes no native coins|native coins are not taken/, "This contract takes OPEN only. Send OPEN, and no other coins, with the form of this page."],
  [/is not the OPEN token|is not OPEN|is not the OPEN contract/, "Only OPEN is taken here. Send OPEN with the form of this page."],
  [/carries no message for this contract/, "OPEN was sent without saying what for. Use the form of this page."],
  [/\w+ is not (?:governance|the \w+ contract|[^:]*): let that account send this message/, "This is for another account. Choose that account in the wallet, then try again."],
  [/^only .+ may send this/, "This is for another account or contract. Check which account the wallet shows."],
  [/may not send this message: this contract takes it from no one/, "Nobody may send this. Reload the page; if it happens again, tell whoever runs it."],
  [/leaves its range, nothing was moved|leaves its range: report this|grew beyond its type|it cannot happen/, "A number left its range and nothing was moved. Please tell whoever runs this deployment."],
  [/are not named yet|is not named yet|NotWired/, "This deployment is not finished: its contracts do not know each other yet. Whoever deployed it must complete it."],
  [/cannot migrate/, "This code cannot replace the contract. Check which version is deployed."],
  // DataNets and contributions
  [/^there is no DataNet (\d+)$/, "There is no such DataNet. Choose one from the overview."],
  [/^there is no contribution (\d+)$/, "There is no such contribution. Check its number."],
  [/the bond of DataNet \d+ is/, "The bond must be exact. Reload the page, so that it shows today's bond, and commit again."],
  [/is not on the list of DataNet/, "Only listed accounts contribute to this DataNet. Ask its owner to list yours, or choose another DataNet."],
  [/needs \d+ reviewers and without the contributor/, "You are a reviewer here, and too few others are left to accept your data. Contribute from an account that is no reviewer."],
  [/takes \d+ commits a day from one account/, "You have used today's commits in this DataNet. Commit again tomorrow (UTC)."],
  [/did not commit contribution/, "Another account committed this. Choose the account that committed it in the wallet."],
  [/the reveal of contribution \d+ was due before/, "The time to reveal is over, and the bond is forfeit. Commit again, and reveal at once."],
  [/items root and salt do not give the commitment/, "These are not the items and salt that were committed. Reveal with the kept record of this commitment, from the account that made it."],
  [/is \w+: only a committed one can be revealed or forfeited/, "This was revealed or forfeited already. Reload the page to see where it stands."],
  [/is no reviewer of DataNet/, "Only reviewers of this DataNet vote. Choose a reviewer's account in the wallet."],
  [/is the voter's own/, "Nobody votes on an own contribution. Leave this vote to the other reviewers."],
  [/has voted on contribution \d+ already/, "You have voted on this already; a vote stands."],
  [/is \w+: only a pending one is under review/, "The review is over. Reload the page to see what came of it."],
  [/asks for an influence share of at least/, "The model pays contributors too small a share for this DataNet. Its owner must raise the influence share first."],
  [/nothing is left of the bond/, "Nothing is left of this bond, so nothing can be taken or returned."],
  [/recognises model \d+ already/, "The DataNet recognises this model already. There is nothing to do."],
  [/does not use contribution/, "The model does not use this contribution. Choose a model that does."],
  [/is no curator of DataNet/, "Only curators of this DataNet may do this. Choose a curator's account in the wallet."],
  [/has appealed in this case already/, "You have appealed in this case already. One appeal of each is counted."],
  [/period of .* s is outside/, "This time is too short or too long. Use 1 second to 365 days."],
  [/a share of .* is above the whole/, "Shares are at most 100 %. Enter a smaller share."],
  // channels and money
  [/^only the payer or the gateway of channel/, "Only its payer or its gateway closes a channel. Choose the payer's account in the wallet."],
  [/^only the gateway of channel/, "Only its gateway redeems a channel's vouchers. Choose the gateway's account in the wallet."],
  [/a voucher key has 33 bytes/, "The key for vouchers is not a public key. Reload the page, so that it makes a new one."],
  [/the notice of channel \d+ runs until/, "The gateway still has time to redeem. Close the channel for good when its notice is over; the page shows when."],
  [/would owe .* more than its pool|would give .* more than its tranche/, "The round's sums do not fit. Nothing was moved; please tell whoever runs this deployment."],
  [/^(?:unresolved redemptions|score entries|ledger|split): /, "The contract refused the numbers of this round. Nothing was moved; please tell whoever runs this deployment."],
  [/governance of the treasury must send this/, "Only governance of the treasury does this. Choose its account in the wallet."],
  // stakes
  [/reserve has .* units left/, "The reserve holds less than that. Reload the page to see what is left."],
  // models
  [/^(?:parents|stake|left_out|the reply to the creation of a stake|the stake could not be created|terms: (?:shares|the shares)).*/, "The model's shares or lists do not add up. Check that each set of shares sums to 100 %, then send it again."],
  [/a round must consume at least one validation example/, "A round needs validation examples. The model's owner must propose some and curators approve them."],
  // operators
  [/the report is refused|the report's unresolved redemptions are refused/, "The report breaks a bound of this round. Measure again with the operator's command, and reveal what was committed."],
  // ownership, as cw-ownable says it
  [/Caller is not the contract's current owner|not the pending owner|ownership has been renounced/i, "Only governance may do this. Choose its account in the wallet."],
  [/Cannot set to own account|Invalid zero amount/i, "The contract refused this amount or receiver. Enter an amount above zero, and another account as the receiver."],
  [/No allowance for this account|Allowance is expired/i, "There is no allowance for this. Ask the owner of the tokens to give one."],
];
