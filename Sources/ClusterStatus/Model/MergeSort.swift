// SPDX-License-Identifier: GPL-2.0-or-later
// The one way in which lists are sorted by a comparison that need not be a consistent order (scheduler spec, reading conventions).

/// Sorts stably: two halves (the second one larger), each sorted, merged from the first while it is not greater. Where the comparison
/// is no consistent order (pending operations, instances) the steps themselves are the rule.
/// - Parameters:
///   - context: what the comparison may change.
///   - compare: negative if its first element comes first.
@inlinable
package func mergeSort<Element, Context>(
    _ items: inout ContiguousArray<Element>, with context: inout Context, by compare: (inout Context, Element, Element) -> Int
) {
    guard items.count > 1 else { return }
    let middle = items.count / 2
    var left = ContiguousArray(items[..<middle])
    var right = ContiguousArray(items[middle...])
    mergeSort(&left, with: &context, by: compare)
    mergeSort(&right, with: &context, by: compare)
    var (i, j) = (0, 0)
    items.removeAll(keepingCapacity: true)
    while i < left.count, j < right.count {
        if compare(&context, left[i], right[j]) <= 0 {
            items.append(left[i])
            i += 1
        } else {
            items.append(right[j])
            j += 1
        }
    }
    items.append(contentsOf: left[i...])
    items.append(contentsOf: right[j...])
}

/// The same with a comparison that changes nothing.
@inlinable
package func mergeSort<Element>(_ items: inout ContiguousArray<Element>, by compare: (Element, Element) -> Int) {
    var nothing: Void = ()
    mergeSort(&items, with: &nothing) { _, a, b in compare(a, b) }
}
