/** The editor of a cell: loaded when a reader first touches one. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, type DecorationSet } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

/** The classes that the theme has for printed code. */
const colours = tagHighlighter([
  { tag: tags.comment, class: "c" },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], class: "k" },
  { tag: [tags.string, tags.special(tags.string)], class: "s" },
  { tag: [tags.number, tags.bool, tags.null], class: "mi" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], class: "nf" },
]);

const mark = StateEffect.define<number | null>();
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, change) {
    // A line that is being mended is not marked any more.
    let now = change.docChanged ? Decoration.none : lines;
    for (const effect of change.effects) {
      if (!effect.is(mark)) continue;
      const { doc } = change.state;
      const at = effect.value;
      now =
        at === null || at > doc.lines
          ? Decoration.none
          : Decoration.set(Decoration.line({ class: "raised" }).range(doc.line(at).from));
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** What a cell does with its editor. */
export interface Editor {
  readonly dom: HTMLElement;
  focus(): void;
  /** Put the cursor where a click was. */
  point(x: number, y: number): void;
  text(): string;
  mark(line: number | null): void;
  destroy(): void;
}

/** Make an editor with a text. */
export function edit(
  text: string,
  on: { change(text: string): void; run(): void; leave(): void },
): Editor {
  const view = new EditorView({
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        python(),
        syntaxHighlighting(colours),
        marked,
        keymap.of([
          { key: "Shift-Enter", run: () => (on.run(), true) },
          { key: "Escape", run: () => (on.leave(), true) },
          indentWithTab,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        EditorView.contentAttributes.of({
          "aria-label": "Code of this cell. Shift and Enter run it, Escape leaves it.",
          autocapitalize: "off",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) on.change(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    dom: view.dom,
    focus: () => view.focus(),
    point(x, y) {
      const at = view.posAtCoords({ x, y }, false);
      view.dispatch({ selection: { anchor: at } });
    },
    text: () => view.state.doc.toString(),
    mark: (line) => view.dispatch({ effects: mark.of(line) }),
    destroy: () => view.destroy(),
  };
}
