/** The windows of a replay as a row of months, and the branches of a fan-out folded into one line. */

import * as React from 'react';

import type { Place } from '../models';
import { duration, figure } from '../moments';
import { Glyph, Rows } from '../panel/parts';
import { glyph, statusWord, wentWrong } from '../status';
import type { Workbench } from '../workbench';

interface PlacesProps {
  bench: Workbench;
  places: Place[];
  selected: string;
  onSelect: (name: string) => void;
}

/** One button for each window, in time; arrow keys walk. */
export function Windows({ bench, places, selected, onSelect }: PlacesProps): JSX.Element {
  const { trans } = bench;
  const values = places.map(place => place.value).filter((value): value is number => value !== null);
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  const height = (value: number | null) =>
    value === null ? 0 : span > 0 ? 20 + (80 * (value - least)) / span : 60;
  const walk = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const buttons = [...event.currentTarget.querySelectorAll('button')];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    if (step && buttons[at + step]) {
      event.preventDefault();
      buttons[at + step].focus();
    }
  };
  const shown = places.some(place => place.window === selected)
    ? selected
    : places[places.length - 1]?.window;
  const strip = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    strip.current
      ?.querySelector('[aria-pressed="true"]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [shown]);
  return (
    <div
      ref={strip}
      className="jp-aifactory-windows"
      role="toolbar"
      aria-label={trans.__('Windows')}
      onKeyDown={walk}
    >
      {places.map(place => (
        <button
          key={place.window}
          type="button"
          className="jp-aifactory-window"
          data-status={place.status}
          aria-pressed={place.window === shown}
          tabIndex={place.window === shown ? 0 : -1}
          title={[
            trans.__('%1: %2', place.window, statusWord(place.status, trans)),
            place.value === null ? '' : figure(place.value),
            duration(place.seconds),
            place.note
          ]
            .filter(Boolean)
            .join(' · ')}
          onClick={() => onSelect(place.window)}
        >
          <span className="jp-aifactory-column" aria-hidden="true">
            <span style={{ height: `${height(place.value)}%` }} />
          </span>
          <span>
            <Glyph status={place.status} trans={trans} /> {place.window}
          </span>
          <span className="jp-aifactory-detail">
            {place.value === null ? place.note || ' ' : figure(place.value)}
          </span>
        </button>
      ))}
    </div>
  );
}

/** All branches in one sentence; unfolded, one row each, worst first. */
export function Branches({ bench, places, selected, onSelect }: PlacesProps): JSX.Element {
  const { trans } = bench;
  const [open, setOpen] = React.useState(places.length <= 5);
  const tally = new Map<Place['status'], number>();
  places.forEach(place => tally.set(place.status, (tally.get(place.status) ?? 0) + 1));
  const words = [...tally].map(([status, count]) => `${glyph(status)} ${count} ${statusWord(status, trans)}`);
  const wrong = places.filter(place => wentWrong(place.status)).length;
  return (
    <div className="jp-aifactory-branches">
      <button
        type="button"
        className="jp-aifactory-main"
        aria-expanded={open}
        data-wrong={wrong > 0}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">{open ? '▾' : '▸'}</span>
        {trans._n('%1 segment: %2', '%1 segments: %2', places.length, words.join(', '))}
      </button>
      {open && (
        <Rows
          items={places}
          label={trans.__('Segments, worst first')}
          height={26}
          name={place => place.branch}
          row={place => (
            <button
              type="button"
              className="jp-aifactory-main"
              aria-pressed={place.branch === selected}
              title={place.note}
              onClick={() => onSelect(place.branch)}
            >
              <Glyph status={place.status} trans={trans} />
              <span className="jp-aifactory-name">{place.branch}</span>
              <span className="jp-aifactory-aside">
                {[place.value === null ? '' : figure(place.value), duration(place.seconds), place.note]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </button>
          )}
        />
      )}
    </div>
  );
}
