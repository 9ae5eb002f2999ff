import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
} from '@tanstack/react-query';

/** One page of a list of the API. */
interface ListPage {
  readonly nextCursor?: string | undefined;
}

/** A list of the API, page after page. `key` names it, with everything that narrows it down. */
export function useList<Page extends ListPage>(
  key: readonly unknown[],
  askPage: (cursor: string | undefined) => Promise<Page>,
): UseInfiniteQueryResult<InfiniteData<Page, string | undefined>> {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => askPage(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}

/** For a list's button "More"; undefined on the last page. */
export function moreOf(list: {
  readonly hasNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
}): (() => void) | undefined {
  return list.hasNextPage ? () => void list.fetchNextPage() : undefined;
}
